import { HoldfastError } from '@holdfast/contracts'
import type { Version } from '@holdfast/contracts/credentials'
import { sampleRecord, sampleText } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { createDocumentedSecretsManager } from '../test/support/documented-secrets-manager.ts'
import { openDocumented } from '../test/support/open-documented.ts'
import { createRequestOrder } from '../test/support/request-order.ts'

const seeds = Array.from({ length: 60 }, (_, seed) => seed)

/** Several processes on one account, whose requests arrive in the order of the seed. */
const openRacing = async (seed: number, processes: number) => {
  const service = createDocumentedSecretsManager()
  const order = createRequestOrder(seed)
  const { storage: first } = openDocumented({}, service)
  const { version } = await first.store('db', sampleRecord('db', { value: '0' }))
  const storages = Array.from({ length: processes }, () => {
    const aws = openDocumented({}, service)
    aws.before = () => order.arrive()
    return aws.storage
  })
  return { first, storages, version, run: order.run }
}

/** The answer, or CONFLICT; anything else fails the test. */
const unlessConflict = async <T>(work: Promise<T>): Promise<T | 'CONFLICT'> => {
  try {
    return await work
  } catch (error) {
    if (HoldfastError.is(error, 'CONFLICT')) return 'CONFLICT'
    throw error
  }
}

it('of all who expect one version exactly one wins, whatever the order of their requests', async () => {
  for (const seed of seeds) {
    const { first, storages, version, run } = await openRacing(seed, 2 + (seed % 3))
    const isDelete = storages.map((_, index) => ((seed >> index) & 1) === 1)
    const outcomes = await run(
      Promise.all(
        storages.map((storage, index) =>
          unlessConflict<unknown>(
            isDelete[index]
              ? storage.delete('db', { ifVersion: version })
              : storage.store('db', sampleRecord('db', { value: `writer ${index}` }), { ifVersion: version }),
          ),
        ),
      ),
    )
    const winners = outcomes.flatMap((outcome, index) => (outcome === 'CONFLICT' ? [] : [index]))
    expect(winners, `seed ${seed}`).toHaveLength(1)
    const [winner = -1] = winners
    if (isDelete[winner]) {
      expect(await first.exists('db'), `seed ${seed}`).toBe(false)
      continue
    }
    expect(sampleText((await first.retrieve('db')).value), `seed ${seed}`).toBe(`writer ${winner}`)
    // The losers' values are nobody's history.
    expect(await first.history('db'), `seed ${seed}`).toHaveLength(2)
  }
})

it('no increment is lost, whatever the order of the requests', async () => {
  for (const seed of seeds.slice(0, 15)) {
    const { first, storages, run } = await openRacing(seed, 3)
    const count = async (storage: (typeof storages)[number]): Promise<void> => {
      for (let done = 0; done < 2; ) {
        const { value, version } = await storage.retrieve('db')
        const next = sampleRecord('db', { value: String(Number(sampleText(value)) + 1) })
        if ((await unlessConflict(storage.store('db', next, { ifVersion: version }))) !== 'CONFLICT') done += 1
      }
    }
    await run(Promise.all(storages.map(count)))
    expect(sampleText((await first.retrieve('db')).value), `seed ${seed}`).toBe('6')
  }
})

it('a write without a condition beside a conditional delete is never lost', async () => {
  const met = new Set<string>()
  for (const seed of seeds) {
    const { first, storages, version, run } = await openRacing(seed, 2)
    const [writer = first, deleter = first] = storages
    const write = writer.store('db', sampleRecord('db', { value: 'written' })).then(
      ({ version: written }): Version | undefined => written,
      (error: unknown) => {
        // The secret was scheduled for deletion just then.
        if (!HoldfastError.is(error, 'ALREADY_EXISTS')) throw error
        return undefined
      },
    )
    const [written, deleted] = await run(
      Promise.all([write, unlessConflict(deleter.delete('db', { ifVersion: version }))]),
    )
    met.add(`${written === undefined ? 'refused' : 'written'}, ${deleted === 'CONFLICT' ? 'refused' : 'deleted'}`)
    if (written === undefined) expect([deleted, await first.exists('db')]).toEqual([{ deleted: true }, false])
    else expect((await first.retrieve('db')).version, `seed ${seed}`).toBe(written)
  }
  expect([...met].sort()).toEqual(['refused, deleted', 'written, deleted', 'written, refused'])
})

it('of those who create exactly one wins', async () => {
  for (const seed of seeds.slice(0, 15)) {
    const { storages, run } = await openRacing(seed, 3)
    const create = (storage: (typeof storages)[number]) =>
      unlessConflict(storage.store('new', sampleRecord('new'), { ifVersion: null }))
    const outcomes = await run(Promise.all(storages.map(create)))
    expect(
      outcomes.filter((outcome) => outcome !== 'CONFLICT'),
      `seed ${seed}`,
    ).toHaveLength(1)
  }
})
