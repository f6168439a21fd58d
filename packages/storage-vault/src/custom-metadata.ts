/** Most entries of custom metadata (https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#custom_metadata). */
export const maxCustomEntries = 64
/** Longest name of an entry in bytes (the same page). */
const maxNameBytes = 128
/** Longest value of an entry in bytes (the same page). */
const maxValueBytes = 512

/** The tags that Vault can show as custom metadata, and the names of those it cannot: empty, too long, or not printable. */
export const customMetadataOf = (
  tags: Readonly<Record<string, string>>,
): { readonly wanted: Readonly<Record<string, string>>; readonly left: readonly string[] } => {
  const entries = Object.entries(tags)
  const fits = ([name, value]: readonly [string, string]): boolean =>
    isShown(name, maxNameBytes) && isShown(value, maxValueBytes)
  return {
    wanted: Object.fromEntries(entries.filter(fits).slice(0, maxCustomEntries)),
    left: entries.filter((entry) => !fits(entry)).map(([name]) => name),
  }
}

/** What Go calls printable: letters, marks, numbers, punctuation, symbols and the ASCII space. */
const isShown = (text: string, maxBytes: number): boolean =>
  /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u.test(text) && Buffer.byteLength(text) <= maxBytes
