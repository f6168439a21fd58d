/** At most this many are named. */
const most = 3

/** Names that somebody may have meant, the nearest first. */
export const nearNames = (name: string, names: Iterable<string>): readonly string[] => {
  // A third of the letters: further away it is another word.
  const limit = Math.ceil(name.length / 3)
  return [...names]
    .map((each) => ({ each, distance: distance(name.toLowerCase(), each.toLowerCase(), limit) }))
    .filter(({ distance }) => distance <= limit)
    .sort((one, other) => one.distance - other.distance)
    .slice(0, most)
    .map(({ each }) => each)
}

/** Letters to change, add or leave out (V. Levenshtein, 1965); more than the limit where it is further. */
const distance = (one: string, other: string, limit: number): number => {
  if (Math.abs(one.length - other.length) > limit) return limit + 1
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let i = 0; i < one.length; i += 1) {
    const next = [i + 1]
    for (let j = 0; j < other.length; j += 1) {
      const replaced = (row[j] ?? 0) + (one[i] === other[j] ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}
