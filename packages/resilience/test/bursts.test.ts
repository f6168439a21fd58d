// A service that starts asks for everything at once, before any success has paid for a retry.
import { compose, HoldfastError } from '@holdfast/contracts'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { createFakeClock, createSeededRandom, flaky, sampleRecord, seededFailures } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { type Policy, type RetryOptions, retry, standard } from '../src/index.ts'
import { printFigure } from './print-figure.ts'

const calls = 1000
const failureRate = 0.05

type Timed = Pick<Required<RetryOptions>, 'clock' | 'random'>
const policies: readonly (readonly [string, (timed: Timed) => Policy])[] = [
  ['standard', standard],
  ['retry alone', retry],
]

describe.each(policies)('a thousand first calls at once of which 5 % fail, by %s', (name, create) => {
  it.each([1, 2, 3])('999 of them read a storage (seed %i)', async (seed) => {
    const clock = createFakeClock()
    const memory = createMemoryStorage()
    await memory.store('db/main', sampleRecord('db/main'))
    const plan = seededFailures({ seed, rate: failureRate })
    const policy = create({ clock, random: createSeededRandom(seed) })
    const layer = policy.layer(credentialStorageOperations)
    const storage = compose(flaky(memory, credentialStorageOperations, plan), layer)
    const reads = Array.from({ length: calls }, () => storage.retrieve('db/main'))
    const settled = Promise.allSettled(reads)
    await clock.advanceAsync(10_000)
    const succeeded = (await settled).filter(({ status }) => status === 'fulfilled').length
    printFigure(`of ${calls} reads at once at 5 % of failures, ${name}, seed ${seed}`, `${succeeded} succeed`)
    expect(succeeded).toBeGreaterThanOrEqual(0.999 * calls)
  })

  it.each([
    ['sooner', 2, 10],
    ['later', 20, 5],
  ])('999 of them succeed where failures come %s than answers', async (when, failureMs, answerMs) => {
    const bursts = 20
    let succeeded = 0
    for (let seed = 1; seed <= bursts; seed++) {
      const random = createSeededRandom(seed)
      const clock = createFakeClock()
      const { execute } = create({ clock, random })
      const work = (): Promise<void> =>
        new Promise((resolve, reject) => {
          const fails = random() < failureRate
          // Exponentially distributed, so that the two overlap as they do in a network.
          const afterMs = -Math.log(1 - random()) * (fails ? failureMs : answerMs)
          clock.setTimer(() => (fails ? reject(unavailable()) : resolve()), afterMs)
        })
      const settled = Promise.allSettled(Array.from({ length: calls }, () => execute(work)))
      await clock.advanceAsync(10_000)
      succeeded += (await settled).filter(({ status }) => status === 'fulfilled').length
    }
    const share = (succeeded / bursts / calls) * 100
    printFigure(`of ${bursts} bursts with failures ${when} than answers, ${name}`, `${share.toFixed(2)} % succeed`)
    expect(share).toBeGreaterThanOrEqual(99.9)
  })
})

const unavailable = (): HoldfastError =>
  new HoldfastError({ code: 'UNAVAILABLE', source: 'test', operation: 'ask', message: 'No.', hint: 'None.' })
