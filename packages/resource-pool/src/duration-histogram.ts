import type { DurationStatistics } from '@holdfast/contracts/resources'

/** Buckets: 0 ms, 1, 2–3, 4–7, … up to 2^22 - 1 (70 minutes), and everything beyond. */
const bucketCount = 24
/** Any duration of the last bucket that is a 32-bit integer. */
const longestMs = 2 ** 31 - 1

/** How durations are distributed, in buckets that double: recording one takes a few nanoseconds and no memory. */
export class DurationHistogram {
  readonly #counts: number[] = new Array(bucketCount).fill(0)
  #totalMs = 0
  #maxMs = 0

  get totalMs(): number {
    return this.#totalMs
  }

  get count(): number {
    return this.#counts.reduce((sum, each) => sum + each, 0)
  }

  /** Takes whole milliseconds; a fraction counts for the bucket but is kept in the total. */
  record(durationMs: number): void {
    const bucket = 32 - Math.clz32(Math.min(durationMs, longestMs))
    const index = bucket < bucketCount ? bucket : bucketCount - 1
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
    this.#totalMs += durationMs
    if (durationMs > this.#maxMs) this.#maxMs = durationMs
  }

  /** `expected`: how many there were, of which those not recorded took no time. */
  read(expected = this.count): DurationStatistics {
    const counts = [...this.#counts]
    counts[0] = (counts[0] ?? 0) + expected - this.count
    const count = expected
    return {
      count,
      totalMs: this.#totalMs,
      maxMs: this.#maxMs,
      buckets: counts.map((each, index) => ({ atMostMs: upperBound(index), count: each })),
      p50Ms: this.#quantile(counts, 0.5, count),
      p99Ms: this.#quantile(counts, 0.99, count),
    }
  }

  #quantile(counts: readonly number[], share: number, count: number): number {
    if (count === 0) return 0
    let remaining = Math.ceil(count * share)
    const index = counts.findIndex((each) => {
      remaining -= each
      return remaining <= 0
    })
    return Math.min(upperBound(index), this.#maxMs)
  }
}

const upperBound = (index: number): number => (index === bucketCount - 1 ? Number.POSITIVE_INFINITY : 2 ** index - 1)
