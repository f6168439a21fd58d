/** What a case says it needs; a case that does not say so is wrong itself. */
export const present = <V>(value: V | undefined, need: string): V => {
  if (value === undefined) throw new Error(`The case does not say that it needs ${need}.`)
  return value
}
