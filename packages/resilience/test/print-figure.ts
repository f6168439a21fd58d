/** Shows what was measured in the output of the run. */
export const printFigure = (what: string, figure: string): void => {
  process.stdout.write(`  resilience: ${what}: ${figure}\n`)
}
