/** The end of a log, for an error message: at most 20 lines of at most 400 characters. */
export const lastLines = (text: string, count = 20): string =>
  text
    .trimEnd()
    .split('\n')
    .slice(-count)
    .map((line) => `  | ${line.slice(0, 400)}`)
    .join('\n')
