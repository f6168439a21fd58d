/**
 * Indented JSON in which every character that could act on a terminal stands escaped: control characters of eight bits
 * and invisible format characters too, which JSON itself would let through. It reads back as the same data.
 */
export const safeJson = (data: unknown): string =>
  JSON.stringify(data, null, 2).replace(/[\u007f-\u009f\u2028\u2029]|\p{Cf}/gu, (character) =>
    Array.from({ length: character.length }, (_, index) => escapeOf(character.charCodeAt(index))).join(''),
  )

const escapeOf = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`
