import { randomBytes } from 'node:crypto'
import { HoldfastError } from '@holdfast/contracts'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { createFakeClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { fullMetadata } from '../../test/support/metadata.ts'
import { createPlainStorage, type PlainStorage } from '../../test/support/plain-storage.ts'
import { createKeyring } from '../keyring/create-keyring.ts'
import type { Keyring } from '../keyring/keyring.ts'
import { rawKey } from '../keyring/raw-key.ts'
import { createSealer } from './create-sealer.ts'
import { rekey } from './rekey.ts'
import { removeRetiredKeys } from './remove-retired-keys.ts'

const ids = ['a', 'b', 'c/d', 'e', 'f']

const newVault = async () => {
  const storage = createPlainStorage()
  const unlock = [rawKey(randomBytes(32))]
  const keyring = createKeyring({ storage, unlock, createIfMissing: true })
  const put = async (id: string, value = `value of ${id}`): Promise<void> => {
    await storage.store(id, await createSealer(keyring).seal(fullMetadata({ id }), Buffer.from(value)))
  }
  for (const id of ids) await put(id)
  return { storage, keyring, put, reopen: () => createKeyring({ storage, unlock }) }
}

const expectReadable = async (storage: PlainStorage, keyring: Keyring): Promise<void> => {
  const sealer = createSealer(keyring)
  for (const id of ids) {
    const record = storage.records.get(id)
    if (record === undefined) throw new Error(`${id} is gone`)
    expect(Buffer.from(await sealer.open(record)).toString()).toBe(`value of ${id}`)
  }
}

const keyIdsOf = (storage: PlainStorage) =>
  new Set(ids.map((id) => storage.records.get(id)?.metadata.seal?.keyId ?? 'none'))

const failing = (): never => {
  throw new HoldfastError({ code: 'UNAVAILABLE', source: 't', operation: 't', message: 'Down.', hint: 'Wait.' })
}

describe('rekey', () => {
  it('seals every record with the active key and changes nothing else', async () => {
    const { storage, keyring, reopen } = await newVault()
    const before = new Map(storage.records)
    const { activeKey } = await keyring.rotate()
    const seen: number[] = []
    const result = await rekey(storage, keyring, { onProgress: ({ resealed }) => seen.push(resealed) })
    expect(result).toEqual({ resealed: 5, skipped: 1, failed: 0, failures: [] })
    expect(seen.at(-1)).toBe(5)
    expect(keyIdsOf(storage)).toEqual(new Set([activeKey.id]))
    for (const id of ids) {
      const is = storage.records.get(id)?.metadata
      expect(is).toEqual({ ...before.get(id)?.metadata, seal: is?.seal, writeId: is?.writeId })
      expect(is?.writeId).not.toBe(before.get(id)?.metadata.writeId)
    }
    await expectReadable(storage, reopen())
    expect(await rekey(storage, reopen())).toEqual({ resealed: 0, skipped: 6, failed: 0, failures: [] })
  })

  it.each(['before', 'after'] as const)(
    'leaves everything readable whatever operation fails, %s it is done',
    async (when) => {
      for (let number = 1; ; number++) {
        const { storage, keyring, reopen } = await newVault()
        await keyring.rotate()
        let count = 0
        storage[when] = () => {
          if (++count === number) failing()
        }
        const error: unknown = await rekey(storage, keyring, { concurrency: 2 }).then(
          () => undefined,
          (thrown: unknown) => thrown,
        )
        const wasReached = count >= number
        storage[when] = () => {}
        await expectReadable(storage, reopen())
        const resumed = reopen()
        const result = await rekey(storage, resumed)
        expect(result.failed).toBe(0)
        expect(keyIdsOf(storage)).toEqual(new Set([(await resumed.open()).activeKey.id]))
        await expectReadable(storage, reopen())
        if (!wasReached) {
          expect(error).toBeUndefined()
          expect(number).toBeGreaterThan(10)
          break
        }
      }
    },
  )

  it.each(['before', 'after'] as const)(
    'leaves the vault open to its keys whatever operation of a rotation fails, %s it is done',
    async (when) => {
      for (let number = 1; number < 6; number++) {
        const { storage, keyring, reopen } = await newVault()
        let count = 0
        storage[when] = () => {
          if (++count === number) failing()
        }
        await keyring.rotate().catch(() => {})
        storage[when] = () => {}
        await expectReadable(storage, keyring)
        await expectReadable(storage, reopen())
      }
    },
  )

  it('keeps what somebody else writes at the same moment', async () => {
    const { storage, keyring, put } = await newVault()
    await keyring.rotate()
    let isDone = false
    storage.before = async ({ operation, id }) => {
      if (isDone || operation !== 'store' || id !== 'b') return
      isDone = true
      await put('b', 'a newer value')
    }
    expect((await rekey(storage, keyring)).failed).toBe(0)
    const record = await storage.retrieve('b')
    expect(Buffer.from(await createSealer(keyring).open(record)).toString()).toBe('a newer value')
  })

  it('reports a damaged record, leaves it as it is, and goes on', async () => {
    const { storage, keyring } = await newVault()
    const damaged = storage.records.get('b')
    if (damaged === undefined) throw new Error('it is there')
    storage.records.set('b', { ...damaged, value: damaged.value.subarray(1) })
    await keyring.rotate()
    const result = await rekey(storage, keyring)
    expect([result.resealed, result.failed]).toEqual([4, 1])
    expect(result.failures.map(({ id, error }) => [id, error.reason])).toEqual([['b', 'TAMPERED']])
    expect(storage.records.get('b')?.version).toBe(damaged.version)
  })

  it('stops when it is told to and can be taken up again', async () => {
    const { storage, keyring } = await newVault()
    await keyring.rotate()
    const controller = new AbortController()
    const stopped = rekey(storage, keyring, {
      signal: controller.signal,
      concurrency: 1,
      onProgress: ({ resealed }) => {
        if (resealed === 2) controller.abort()
      },
    })
    const error: unknown = await stopped.catch((thrown: unknown) => thrown)
    expect(HoldfastError.is(error, 'CANCELLED')).toBe(true)
    expect(await rekey(storage, keyring)).toMatchObject({ resealed: 3, skipped: 3 })
  })

  it.each([0, -1, 65, 1.5, Number.NaN])('refuses a concurrency of %s', async (concurrency) => {
    const { storage, keyring } = await newVault()
    const error: unknown = await rekey(storage, keyring, { concurrency }).catch((thrown: unknown) => thrown)
    expect(HoldfastError.is(error, 'INVALID_ARGUMENT') && error.message).toContain('concurrency')
  })
})

describe('removeRetiredKeys', () => {
  it('removes a key that nothing needs, and never one that a record needs', async () => {
    const { storage, keyring, reopen } = await newVault()
    await keyring.rotate()
    const retired = (await keyring.open()).keys[0]?.id
    const early = await removeRetiredKeys(storage, keyring, { minimumRetiredMs: 0 })
    expect(early).toEqual({ removed: [], kept: [{ keyId: retired, because: 'record', id: 'a' }] })
    await rekey(storage, keyring)
    expect(await removeRetiredKeys(storage, keyring)).toEqual({
      removed: [],
      kept: [{ keyId: retired, because: 'recent' }],
    })
    expect(await removeRetiredKeys(storage, keyring, { minimumRetiredMs: 0 })).toEqual({ removed: [retired], kept: [] })
    expect((await reopen().open()).keys.map(({ state }) => state)).toEqual(['active'])
    await expectReadable(storage, reopen())
  })

  it('waits until other processes have noticed the rotation', async () => {
    const clock = createFakeClock()
    const storage = createPlainStorage()
    const keyring = createKeyring({ storage, unlock: [rawKey(randomBytes(32))], createIfMissing: true, clock })
    await keyring.rotate()
    clock.advance(59 * 60_000)
    expect((await removeRetiredKeys(storage, keyring, { clock })).kept[0]?.because).toBe('recent')
    clock.advance(60_000)
    expect((await removeRetiredKeys(storage, keyring, { clock })).removed.length).toBe(1)
  })

  it('keeps a key that a kept version or a deleted credential needs', async () => {
    const storage = createMemoryStorage()
    const keyring = createKeyring({ storage, unlock: [rawKey(randomBytes(32))], createIfMissing: true })
    await storage.store('a', await createSealer(keyring).seal(fullMetadata({ id: 'a' }), Buffer.from('1')))
    await storage.store('b', await createSealer(keyring).seal(fullMetadata({ id: 'b' }), Buffer.from('1')))
    await keyring.rotate()
    await rekey(storage, keyring)
    const remove = async () => (await removeRetiredKeys(storage, keyring, { minimumRetiredMs: 0 })).kept[0]
    expect(await remove()).toMatchObject({ because: 'version' })
    for (const id of ['a', 'b']) await storage.delete(id)
    expect(await remove()).toMatchObject({ because: 'deleted' })
    for (const id of ['a', 'b']) await storage.purge?.(id)
    expect(await remove()).toBeUndefined()
    expect((await keyring.open()).keys.length).toBe(1)
  })
})
