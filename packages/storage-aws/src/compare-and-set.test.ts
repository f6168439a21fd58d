import { HoldfastError } from '@holdfast/contracts'
import type { Version } from '@holdfast/contracts/credentials'
import { sampleRecord, sampleText } from '@holdfast/testkit'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createDocumentedSecretsManager } from '../test/support/documented-secrets-manager.ts'
import { openDocumented } from '../test/support/open-documented.ts'

/** Several processes on one account, whose requests arrive in an order that fast-check chooses. */
const openRacing = async (scheduler: fc.Scheduler, processes: number) => {
  const service = createDocumentedSecretsManager()
  const first = openDocumented({}, service)
  const { version } = await first.storage.store('db', sampleRecord('db', { value: '0' }))
  const storages = Array.from({ length: processes }, () => {
    const aws = openDocumented({}, service)
    aws.before = ({ action }) => scheduler.schedule(Promise.resolve(undefined), action)
    return aws.storage
  })
  return { first: first.storage, storages, version }
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
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.constantFrom('store', 'delete'), { minLength: 2, maxLength: 4 }),
      async (scheduler, kinds) => {
        const { first, storages, version } = await openRacing(scheduler, kinds.length)
        const racing = Promise.all(
          storages.map((storage, index) =>
            unlessConflict<unknown>(
              kinds[index] === 'store'
                ? storage.store('db', sampleRecord('db', { value: `writer ${index}` }), { ifVersion: version })
                : storage.delete('db', { ifVersion: version }),
            ),
          ),
        )
        await scheduler.waitFor(racing)
        const outcomes = await racing
        const winners = outcomes.flatMap((outcome, index) => (outcome === 'CONFLICT' ? [] : [index]))
        expect(winners).toHaveLength(1)
        const [winner = -1] = winners
        if (kinds[winner] === 'delete') expect(await first.exists('db')).toBe(false)
        else {
          expect(sampleText((await first.retrieve('db')).value)).toBe(`writer ${winner}`)
          // The losers' values are nobody's history.
          expect(await first.history('db')).toHaveLength(2)
        }
      },
    ),
    { numRuns: 200 },
  )
})

it('no increment is lost, whatever the order of the requests', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const { first, storages } = await openRacing(scheduler, 3)
      const counting = Promise.all(
        storages.map(async (storage) => {
          for (let done = 0; done < 2; ) {
            const { value, version } = await storage.retrieve('db')
            const next = sampleRecord('db', { value: String(Number(sampleText(value)) + 1) })
            if ((await unlessConflict(storage.store('db', next, { ifVersion: version }))) !== 'CONFLICT') done += 1
          }
        }),
      )
      await scheduler.waitFor(counting)
      await counting
      expect(sampleText((await first.retrieve('db')).value)).toBe('6')
    }),
    { numRuns: 100 },
  )
})

it('a write without a condition beside a conditional delete is never lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const { first, storages, version } = await openRacing(scheduler, 2)
      const [writer, deleter] = storages
      if (writer === undefined || deleter === undefined) throw new Error('two were opened')
      const racing = Promise.all([
        writer.store('db', sampleRecord('db', { value: 'written' })).then(
          ({ version: written }): Version | undefined => written,
          (error: unknown) => {
            // The secret was scheduled for deletion just then.
            if (!HoldfastError.is(error, 'ALREADY_EXISTS')) throw error
            return undefined
          },
        ),
        unlessConflict(deleter.delete('db', { ifVersion: version })),
      ])
      await scheduler.waitFor(racing)
      const [written, deleted] = await racing
      if (written === undefined) expect([deleted, await first.exists('db')]).toEqual([{ deleted: true }, false])
      else expect((await first.retrieve('db')).version).toBe(written)
    }),
    { numRuns: 200 },
  )
})

it('of those who create exactly one wins, also beside one who deletes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const { storages } = await openRacing(scheduler, 3)
      const racing = Promise.all(
        storages.map((storage, index) =>
          unlessConflict(storage.store('new', sampleRecord('new', { value: String(index) }), { ifVersion: null })),
        ),
      )
      await scheduler.waitFor(racing)
      expect((await racing).filter((outcome) => outcome !== 'CONFLICT')).toHaveLength(1)
    }),
    { numRuns: 100 },
  )
})
