import type { SizeRecommendation } from '@holdfast/contracts/resources'

/** Acquires below which nothing is concluded. */
const fewAcquires = 100
/** Safety factor of the square-root staffing rule: with 2, about one caller in fifty waits. */
const safety = 2

/** What was seen of a pool over some time. */
export interface Load {
  readonly elapsedMs: number
  readonly acquisitions: number
  /** The sum of the times for which leases were held. */
  readonly heldMs: number
  /** Acquires that waited. */
  readonly waited: number
}

/**
 * How large a pool should be: the load that was offered (leases a second times how long each is held, Little's law) and a
 * reserve of twice its square root (Halfin and Whitt 1981, "square-root staffing").
 */
export const recommendSize = (
  { elapsedMs, acquisitions, heldMs, waited }: Load,
  maxSize: number,
): SizeRecommendation => {
  if (acquisitions < fewAcquires || elapsedMs <= 0) {
    return { size: maxSize, reason: `Fewer than ${fewAcquires} acquires were seen: too few to tell.` }
  }
  const load = heldMs / elapsedMs
  const size = Math.max(1, Math.ceil(load + safety * Math.sqrt(load)))
  const share = Math.round((waited / acquisitions) * 100)
  const seen = `${round(load)} leases were out on average, of at most ${maxSize}, and ${share} % of the acquires waited`
  const verdict =
    size > maxSize
      ? 'the pool is too small for that'
      : size < maxSize / 2
        ? 'the pool could be smaller'
        : 'the pool is about right'
  return { size, reason: `${seen}: ${verdict}.` }
}

const round = (value: number): number => Math.round(value * 10) / 10
