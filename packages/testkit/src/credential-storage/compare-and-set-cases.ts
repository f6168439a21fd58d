import assert from 'node:assert/strict'
import { HoldfastError } from '@holdfast/contracts'
import type { AnyCredentialStorage, Version } from '@holdfast/contracts/credentials'
import { expectRejection } from '../expect-rejection.ts'
import type { CredentialStorageCase } from './credential-storage-harness.ts'
import { sampleRecord, sampleText, sampleValueMarker } from './sample-record.ts'

/** Conditional writes, alone and against each other. */
export const compareAndSetCases: readonly CredentialStorageCase[] = [
  {
    name: 'ifVersion null: creates what is not there and refuses what is',
    needs: ['compareAndSet'],
    async run({ storage }) {
      await storage.store('new', sampleRecord('new', { value: 'first' }), { ifVersion: null })
      await expectMismatch(storage, 'new', null)
      assert.equal(sampleText((await storage.retrieve('new')).value), 'first')
    },
  },
  {
    name: 'ifVersion: replaces the version it names and no other',
    needs: ['compareAndSet'],
    async run({ storage }) {
      const first = await storage.store('cas', sampleRecord('cas', { value: '1' }))
      const second = await storage.store('cas', sampleRecord('cas', { value: '2' }), { ifVersion: first.version })
      await expectMismatch(storage, 'cas', first.version)
      assert.equal(sampleText((await storage.retrieve('cas')).value), '2')
      await storage.store('cas', sampleRecord('cas', { value: '3' }), { ifVersion: second.version })
      assert.equal(sampleText((await storage.retrieve('cas')).value), '3')
    },
  },
  {
    name: 'ifVersion: an undefined one is no condition',
    needs: ['compareAndSet'],
    async run({ storage }) {
      await storage.store('free', sampleRecord('free'), { ifVersion: undefined })
      await storage.store('free', sampleRecord('free', { value: '2' }), { ifVersion: undefined })
      assert.equal(sampleText((await storage.retrieve('free')).value), '2')
      assert.deepEqual(await storage.delete('free', { ifVersion: undefined }), { deleted: true })
    },
  },
  {
    name: 'ifVersion: of something that is missing is CONFLICT and creates nothing',
    needs: ['compareAndSet'],
    async run({ storage }) {
      const { version } = await storage.store('other', sampleRecord('other'))
      await expectMismatch(storage, 'absent', version)
      assert.equal(await storage.exists('absent'), false)
    },
  },
  {
    name: 'ifVersion: the version of another credential is CONFLICT',
    needs: ['compareAndSet'],
    async run({ storage }) {
      await storage.store('mine', sampleRecord('mine', { value: 'mine' }))
      await storage.store('theirs', sampleRecord('theirs'))
      const { version } = await storage.store('theirs', sampleRecord('theirs'))
      if ((await storage.retrieve('mine')).version === version) return
      await expectMismatch(storage, 'mine', version)
      assert.equal(sampleText((await storage.retrieve('mine')).value), 'mine')
    },
  },
  {
    name: 'ifVersion: after a delete the old version is CONFLICT and null creates',
    needs: ['compareAndSet'],
    async run({ storage }) {
      const { version } = await storage.store('cycle', sampleRecord('cycle'))
      await storage.delete('cycle')
      await expectMismatch(storage, 'cycle', version)
      assert.equal(await storage.exists('cycle'), false)
      if (!(await isFree(storage, 'cycle'))) return
      await expectMismatch(storage, 'cycle', version)
    },
  },
  {
    name: 'delete ifVersion: deletes that version only; another one or none is CONFLICT',
    needs: ['compareAndSet'],
    async run({ storage }) {
      const conflict = { code: 'CONFLICT', reason: 'VERSION_MISMATCH', operation: 'delete' } as const
      const first = await storage.store('target', sampleRecord('target'))
      const second = await storage.store('target', sampleRecord('target'))
      await expectRejection(() => storage.delete('target', { ifVersion: first.version }), conflict)
      assert.equal(await storage.exists('target'), true)
      assert.deepEqual(await storage.delete('target', { ifVersion: second.version }), { deleted: true })
      assert.equal(await storage.exists('target'), false)
      await expectRejection(() => storage.delete('target', { ifVersion: second.version }), conflict)
      await expectRejection(() => storage.delete('never', { ifVersion: second.version }), conflict)
    },
  },
  {
    name: 'race: of two writers with the same version exactly one wins',
    needs: ['compareAndSet'],
    async run({ storage }) {
      for (let round = 0; round < 5; round++) await expectOneWinner([storage, storage], `race/${round}`)
    },
  },
  {
    name: 'race: of twenty writers that create exactly one wins',
    needs: ['compareAndSet'],
    async run({ storage }) {
      await expectOneWinner(
        Array.from({ length: 20 }, () => storage),
        'race/created',
        null,
      )
    },
  },
  {
    name: 'race: of a write and a delete of the same version exactly one wins',
    needs: ['compareAndSet'],
    async run({ storage }) {
      for (let round = 0; round < 5; round++) {
        const id = `contested/${round}`
        const { version } = await storage.store(id, sampleRecord(id, { value: 'before' }))
        const write = () => storage.store(id, sampleRecord(id, { value: 'after' }), { ifVersion: version })
        const remove = () => storage.delete(id, { ifVersion: version })
        // Whoever is asked first has the better chance, so they take turns.
        const calls = round % 2 === 0 ? [write, remove] : [remove, write]
        const outcomes = await Promise.all(calls.map((call) => outcomeOf(call())))
        assert.deepEqual([...outcomes].sort(), ['CONFLICT', 'won'], id)
        assert.equal(await storage.exists(id), outcomes[calls.indexOf(write)] === 'won')
      }
    },
  },
  {
    name: 'race: eight writers that count by compare-and-set lose no increment',
    needs: ['compareAndSet'],
    run: ({ storage }) => expectNoLostIncrement(Array.from({ length: 8 }, () => storage)),
  },
  {
    name: 'race: of writers on two instances exactly one wins, and no increment is lost',
    needs: ['compareAndSet', 'open'],
    async run({ storage, open }) {
      const other = await open()
      await expectOneWinner([storage, other, storage, other], 'race/instances', null)
      await expectNoLostIncrement([storage, other, storage, other])
    },
  },
]

const expectMismatch = (storage: AnyCredentialStorage, id: string, ifVersion: Version | null): Promise<HoldfastError> =>
  expectRejection(() => storage.store(id, sampleRecord(id, { value: 'must not be written' }), { ifVersion }), {
    code: 'CONFLICT',
    reason: 'VERSION_MISMATCH',
    operation: 'store',
    secrets: [sampleValueMarker],
  })

/** Creates it, unless the storage keeps the names of deleted credentials reserved, which it may. */
const isFree = async (storage: AnyCredentialStorage, id: string): Promise<boolean> => {
  const outcome = await outcomeOf(storage.store(id, sampleRecord(id), { ifVersion: null }))
  assert.ok(outcome === 'won' || outcome === 'ALREADY_EXISTS NAME_RESERVED', outcome)
  return outcome === 'won'
}

/** `won`, or what it was refused with. */
const outcomeOf = async (write: Promise<unknown>): Promise<string> =>
  write.then(
    () => 'won',
    (error: unknown) => {
      if (!HoldfastError.is(error)) throw error
      return error.reason === undefined || error.code === 'CONFLICT' ? error.code : `${error.code} ${error.reason}`
    },
  )

const expectOneWinner = async (
  writers: readonly AnyCredentialStorage[],
  id: string,
  expected?: null,
): Promise<void> => {
  const [first] = writers
  if (first === undefined) throw new Error('a race needs writers')
  const ifVersion = expected === null ? null : (await first.store(id, sampleRecord(id))).version
  const outcomes = await Promise.all(
    writers.map((writer, index) =>
      outcomeOf(writer.store(id, sampleRecord(id, { value: `writer ${index}` }), { ifVersion })),
    ),
  )
  assert.equal(outcomes.filter((outcome) => outcome === 'won').length, 1, outcomes.join(', '))
  assert.ok(
    outcomes.every((outcome) => outcome === 'won' || outcome === 'CONFLICT'),
    outcomes.join(', '),
  )
  assert.equal(sampleText((await first.retrieve(id)).value), `writer ${outcomes.indexOf('won')}`)
}

const incrementsPerWriter = 5

const expectNoLostIncrement = async (writers: readonly AnyCredentialStorage[]): Promise<void> => {
  const [first] = writers
  if (first === undefined) throw new Error('a race needs writers')
  await first.store('counter', sampleRecord('counter', { value: '0' }))
  const increment = async (writer: AnyCredentialStorage): Promise<void> => {
    for (;;) {
      const { value, version } = await writer.retrieve('counter')
      const next = sampleRecord('counter', { value: String(Number(sampleText(value)) + 1) })
      const outcome = await outcomeOf(writer.store('counter', next, { ifVersion: version }))
      if (outcome === 'won') return
      assert.equal(outcome, 'CONFLICT')
    }
  }
  await Promise.all(
    writers.map(async (writer) => {
      for (let round = 0; round < incrementsPerWriter; round++) await increment(writer)
    }),
  )
  const { value } = await first.retrieve('counter')
  assert.equal(sampleText(value), String(writers.length * incrementsPerWriter), 'increments were lost')
}
