import { HoldfastError } from '@holdfast/contracts'
import { createFaultFileSystem } from '@holdfast/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { platformOf } from '../test/durability-workload.ts'
import { createPriorityScheduler } from '../test/priority-scheduler.ts'
import { sampleRecord, textOf } from '../test/sample-record.ts'
import { createLocalStorage, type LocalStorage } from './index.ts'

const directory = '/store'

interface Processes {
  readonly storages: readonly LocalStorage[]
  /** Runs the work step by step, then lets everything run freely. */
  run<T>(work: (storages: readonly LocalStorage[]) => Promise<T>): Promise<T>
}

/** Processes on one disk, each of whose steps waits for the scheduler once all have opened the store. */
const openProcesses = async ({ count, keepVersions, seesOthers, changeAt }: ProcessOptions): Promise<Processes> => {
  const disk = createFaultFileSystem()
  const scheduler = createPriorityScheduler(changeAt)
  let isScheduled = false
  const storages: LocalStorage[] = []
  for (let process = 0; process < count; process++) {
    const fileSystem = disk.share({ schedule: async () => isScheduled && scheduler.turn(process) })
    // A process that takes the others for dead removes their intents: that may cost them a try, never a write.
    const platform = platformOf(100 + process, (id) => seesOthers || id === 100 + process)
    storages.push(await createLocalStorage({ directory, createDirectory: true, keepVersions, fileSystem, platform }))
  }
  return {
    storages,
    async run(work) {
      isScheduled = true
      try {
        return await scheduler.run(work(storages))
      } finally {
        isScheduled = false
      }
    },
  }
}

interface ProcessOptions {
  readonly count: number
  readonly keepVersions: number
  readonly seesOthers: boolean
  /** At which steps the process that is running has to stand back. */
  readonly changeAt: readonly number[]
}

const processes = fc.record({
  count: fc.integer({ min: 2, max: 4 }),
  keepVersions: fc.integer({ min: 1, max: 3 }),
  seesOthers: fc.boolean(),
  changeAt: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 }),
})

const increment = async (storage: LocalStorage): Promise<void> => {
  for (;;) {
    try {
      const found = await storage.retrieve('n').catch((error: unknown) => {
        if (HoldfastError.is(error, 'NOT_FOUND')) return undefined
        throw error
      })
      const next = found === undefined ? 1 : Number(textOf(found)) + 1
      await storage.store('n', sampleRecord('n', String(next)), { ifVersion: found?.version ?? null })
      return
    } catch (error) {
      if (!HoldfastError.is(error, 'CONFLICT')) throw error
    }
  }
}

const numberOf = (version: string): number => Number(version.split('-')[0])

describe('compare-and-set', () => {
  it('loses no increment however the steps of several processes interleave', async () => {
    await fc.assert(
      fc.asyncProperty(processes, fc.integer({ min: 1, max: 4 }), async (options, each) => {
        const { storages, run } = await openProcesses(options)
        await run(() =>
          Promise.all(
            storages.map(async (storage) => {
              for (let turn = 0; turn < each; turn++) await increment(storage)
            }),
          ),
        )
        const found = await storages[0]?.retrieve('n')
        expect(found === undefined ? '' : textOf(found)).toBe(String(options.count * each))
      }),
      { numRuns: 1000 },
    )
  })

  const operation = fc.constantFrom(
    'store',
    'store',
    'create',
    'update',
    'update',
    'erase',
    'erase',
    'delete',
    'recover',
  )

  it('gives every acknowledged write its own version, over exactly the one it named', async () => {
    await fc.assert(
      fc.asyncProperty(
        processes,
        fc.array(fc.array(operation, { minLength: 1, maxLength: 6 }), { minLength: 4, maxLength: 4 }),
        async (options, plans) => {
          const { storages, run } = await openProcesses(options)
          const acknowledged = new Map<number, string | undefined>()
          let token = 0
          const acknowledge = (version: string, text: string | undefined): void => {
            expect(acknowledged.has(numberOf(version)), `version ${numberOf(version)} given twice`).toBe(false)
            acknowledged.set(numberOf(version), text)
          }
          const perform = async (storage: LocalStorage, name: string): Promise<void> => {
            const text = `token-${++token}`
            const record = sampleRecord('n', text)
            if (name === 'store') acknowledge((await storage.store('n', record)).version, text)
            if (name === 'create') acknowledge((await storage.store('n', record, { ifVersion: null })).version, text)
            if (name === 'update') {
              const { version: before } = await storage.retrieve('n')
              const { version } = await storage.store('n', record, { ifVersion: before })
              expect(numberOf(version)).toBe(numberOf(before) + 1)
              acknowledge(version, text)
            }
            if (name === 'delete') await storage.delete('n')
            if (name === 'recover') acknowledge((await storage.recover('n')).version, undefined)
            if (name === 'erase') {
              await storage.delete('n')
              await storage.purge('n')
            }
          }
          await run(() =>
            Promise.all(
              storages.map(async (storage, process) => {
                for (const name of plans[process] ?? []) {
                  await perform(storage, name).catch((error: unknown) => {
                    if (!HoldfastError.is(error, 'CONFLICT') && !HoldfastError.is(error, 'NOT_FOUND')) throw error
                  })
                }
              }),
            ),
          )
          const found = await storages[0]?.retrieve('n').catch(() => undefined)
          if (found === undefined) return
          const newest = Math.max(...acknowledged.keys())
          expect(numberOf(found.version)).toBe(newest)
          expect([undefined, textOf(found)]).toContain(acknowledged.get(newest))
        },
      ),
      { numRuns: 1000 },
    )
  })
})
