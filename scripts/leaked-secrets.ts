/** What the tests plant as a secret begins like this. Titles of tests and names of files never do. */
const planted = /planted-[0-9a-z][\w-]*/gi

/** What was found in one place. */
export interface LeakedSecrets {
  /** Where: a report, or the output of the run. */
  readonly where: string
  readonly texts: readonly string[]
}

/** Looks for planted secrets, as they are and in base64, in everything that a run of the tests left or showed. */
export const findLeakedSecrets = (places: ReadonlyMap<string, string>): readonly LeakedSecrets[] =>
  [...places].flatMap(([where, text]) => {
    const texts = [...new Set([...(text.match(planted) ?? []), ...(text.match(encodedPlanted) ?? [])])]
    return texts.length === 0 ? [] : [{ where, texts }]
  })

/** The base64 of `planted-` wherever it stands in what was encoded: the first and last characters depend on what is beside it. */
const encodedPlanted = new RegExp(
  [0, 1, 2]
    .map((offset) => {
      const text = Buffer.from(`${' '.repeat(offset)}planted-`)
        .toString('base64')
        .replaceAll('=', '')
      return text.slice(offset === 0 ? 0 : 4, -1)
    })
    .join('|'),
  'g',
)
