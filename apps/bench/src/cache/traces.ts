import { createRandom } from './random.ts'

/** Keys that a trace asks for, as numbers. */
export type Trace = Int32Array

/** Different keys that the Zipf part of every trace draws from. */
const keyCount = 100_000
const requestCount = 1_000_000

/** Requests whose popularity falls as 1 / rank^0.99, which is how caches are usually measured (YCSB). */
const exponent = 0.99

/** Capacities as a share of the keys. */
export const capacities = { '1 %': keyCount / 100, '10 %': keyCount / 10 } as const

/** Traces by name, made from a seed: the same numbers on every machine. */
export const traces: Readonly<Record<string, () => Trace>> = {
  'zipf 0.99': () => {
    const draw = createZipf(1)
    return Int32Array.from({ length: requestCount }, draw)
  },
  /** Ten times, 32,000 keys in a row that never come again. */
  'scan-mixed': () => {
    const draw = createZipf(2)
    let fresh = keyCount
    return Int32Array.from({ length: requestCount }, (_, request) => (request % 100_000 < 32_000 ? fresh++ : draw()))
  },
  /** Every quarter of the trace, other keys are the popular ones. */
  shifting: () => {
    const draw = createZipf(3)
    const phases = Array.from({ length: 4 }, (_, phase) => permutation(keyCount, 10 + phase))
    return Int32Array.from({ length: requestCount }, (_, request) => {
      const phase = phases[Math.floor((request / requestCount) * phases.length)]
      return phase?.[draw()] ?? 0
    })
  },
  /** Every other request goes round and round through 20,000 other keys. */
  'loop-mixed': () => {
    const draw = createZipf(4)
    let step = 0
    return Int32Array.from({ length: requestCount }, (_, request) =>
      request % 2 === 0 ? keyCount + (step++ % 20_000) : draw(),
    )
  },
}

/** Draws ranks by inverting the cumulative distribution. */
const createZipf = (seed: number): (() => number) => {
  const random = createRandom(seed)
  const cumulative = new Float64Array(keyCount)
  let total = 0
  for (let rank = 0; rank < keyCount; rank++) {
    total += 1 / (rank + 1) ** exponent
    cumulative[rank] = total
  }
  return () => {
    const target = random() * total
    let low = 0
    let high = keyCount - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((cumulative[middle] ?? 0) < target) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** The numbers below `length` in a random order (Fisher and Yates). */
const permutation = (length: number, seed: number): Int32Array => {
  const random = createRandom(seed)
  const numbers = Int32Array.from({ length }, (_, index) => index)
  for (let index = length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1))
    const number = numbers[index] ?? 0
    numbers[index] = numbers[other] ?? 0
    numbers[other] = number
  }
  return numbers
}
