import { type HealthStatus, toTimestamp } from '@holdfast/contracts'
import type { HealthCheckResult, HealthTrend } from './health-history.ts'

const statuses = ['up', 'degraded', 'down'] as const satisfies readonly HealthStatus[]
/** What each is worth when halves are compared, in the order of `statuses`. */
const worth = [1, 0.5, 0] as const

const [noTimes, noLatencies, noStatuses] = [new Float64Array(0), new Float32Array(0), new Uint8Array(0)]

/** By how much the average worth of the newer half must differ to point somewhere. */
const worthMargin = 0.1
/** Latencies that differ by less than this factor, or by less than this many milliseconds, are alike. */
const latencyFactor = 2
const latencyMarginMs = 5
/** Answers before which nothing can be said. */
const fewestForTrend = 4

/**
 * The last answers of a resource's checks. Numbers are kept in typed arrays that grow as they fill, and a reason only where
 * there is one, so that a hundred answers of a thousand resources take about two megabytes and none take nothing.
 */
export class AnswerRing {
  readonly #size: number
  #times = noTimes
  #latencies = noLatencies
  #status = noStatuses
  #reasons: Map<number, string> | undefined
  /** How many there have ever been. */
  #count = 0

  constructor(size: number) {
    this.#size = size
  }

  get length(): number {
    return Math.min(this.#count, this.#size)
  }

  push(status: HealthStatus, reason: string | undefined, latencyMs: number, wallMs: number): void {
    this.#makeRoom()
    const index = this.#count++ % this.#size
    this.#times[index] = wallMs
    this.#latencies[index] = latencyMs
    this.#status[index] = statuses.indexOf(status)
    this.#reasons?.delete(index)
    if (reason === undefined) return
    this.#reasons ??= new Map()
    this.#reasons.set(index, reason)
  }

  /** Oldest first. */
  read(): readonly HealthCheckResult[] {
    return Array.from({ length: this.length }, (_, age) => this.#at(age))
  }

  get last(): HealthCheckResult | undefined {
    return this.#count === 0 ? undefined : this.#at(this.length - 1)
  }

  trend(): HealthTrend {
    const { length } = this
    const half = Math.floor(length / 2)
    const [older, newer, whole] = [this.#average(0, half), this.#average(half, length), this.#average(0, length)]
    return {
      direction: length < fewestForTrend ? 'steady' : directionOf(older, newer),
      upShare: length === 0 ? 1 : whole.ups,
      averageLatencyMs: whole.latencyMs,
    }
  }

  /** Index in the arrays of the one that is so many after the oldest. */
  #index(age: number): number {
    return (this.#count - this.length + age) % this.#size
  }

  #at(age: number): HealthCheckResult {
    const index = this.#index(age)
    const reason = this.#reasons?.get(index)
    return {
      status: statuses[this.#status[index] ?? 0] ?? 'up',
      ...(reason === undefined ? {} : { reason }),
      latencyMs: Math.round((this.#latencies[index] ?? 0) * 1000) / 1000,
      checkedAt: toTimestamp(this.#times[index] ?? 0),
    }
  }

  #average(from: number, to: number): Average {
    let [value, ups, latencyMs] = [0, 0, 0]
    for (let age = from; age < to; age++) {
      const index = this.#index(age)
      const status = this.#status[index] ?? 0
      value += worth[status] ?? 0
      if (status === 0) ups += 1
      latencyMs += this.#latencies[index] ?? 0
    }
    const count = Math.max(1, to - from)
    return { value: value / count, ups: ups / count, latencyMs: latencyMs / count }
  }

  #makeRoom(): void {
    const { length } = this.#times
    if (this.#count < length || length === this.#size) return
    const longer = Math.min(Math.max(8, 2 * length), this.#size)
    this.#times = copied(new Float64Array(longer), this.#times)
    this.#latencies = copied(new Float32Array(longer), this.#latencies)
    this.#status = copied(new Uint8Array(longer), this.#status)
  }
}

const copied = <A extends Float64Array | Float32Array | Uint8Array>(target: A, source: A): A => {
  target.set(source)
  return target
}

interface Average {
  readonly value: number
  readonly ups: number
  readonly latencyMs: number
}

/** Statuses speak first; where they say nothing, latencies do. */
const directionOf = (older: Average, newer: Average): HealthTrend['direction'] => {
  if (Math.abs(newer.value - older.value) >= worthMargin) return newer.value > older.value ? 'improving' : 'worsening'
  const [less, more] = older.latencyMs < newer.latencyMs ? [older, newer] : [newer, older]
  const isAlike = more.latencyMs < latencyFactor * less.latencyMs || more.latencyMs - less.latencyMs < latencyMarginMs
  if (isAlike) return 'steady'
  return more === older ? 'improving' : 'worsening'
}
