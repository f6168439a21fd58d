/**
 * Makes text from a store or a file safe for a terminal: control characters (also those of eight bits) and invisible
 * format characters, which can move the cursor, recolour, retitle or reverse what is shown, become `\u{1b}`. Line ends
 * of `lines` stay.
 */
export const printable = (text: string, { keepLines = false } = {}): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) =>
    keepLines && character === '\n' ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
