import { HoldfastError, parseScopeId } from '@holdfast/contracts'
import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'
import { describe, expect, it } from 'vitest'
import { collect, createTestManager, failureOf } from '../../test/support/manager.ts'

const unavailable = (): HoldfastError =>
  new HoldfastError({
    code: 'UNAVAILABLE',
    source: 'test',
    operation: 'store',
    message: 'The answer was lost.',
    hint: 'Try again.',
    details: { outcome: 'unknown' },
  })

/** A storage whose writes all arrive, lose their answers, and are repeated as a retry layer would. */
const losingAnswers = (storage: AnyCredentialStorage): AnyCredentialStorage => ({
  ...storage,
  async store(id, record, options) {
    await storage.store(id, record, options)
    return storage.store(id, record, options)
  },
})

describe('writes', () => {
  it('do not conflict with themselves when an answer is lost and the write is repeated', async () => {
    const { manager, storage, other } = createTestManager()
    const retried = other({ storage: losingAnswers(storage) })
    const first = await retried.store('a', 'one')
    expect((await manager.retrieve('a')).version).toBe(first.version)
    const second = await retried.store('a', 'two', { ifVersion: first.version })
    expect((await manager.retrieve('a')).version).toBe(second.version)
    expect(await manager.history('a')).toHaveLength(2)
    const third = await retried.store('b', 'one', { onDuplicate: 'refuse' })
    expect((await manager.history('b')).map(({ version }) => version)).toEqual([third.version])
  })

  it('that may not overwrite say so also when what is there is damaged', async () => {
    const { manager, storage } = createTestManager()
    const { version } = await manager.store('a', 'one')
    const record = await storage.retrieve('a')
    await storage.store('a', { ...record, value: record.value.map((byte) => byte ^ 1) })
    expect(await failureOf(manager.store('a', 'two', { onDuplicate: 'refuse' }))).toMatchObject({
      code: 'ALREADY_EXISTS',
    })
    expect(await failureOf(manager.store('a', 'two', { ifVersion: null }))).toMatchObject({ code: 'CONFLICT' })
    expect(await failureOf(manager.store('a', 'two', { ifVersion: version }))).toMatchObject({ code: 'DATA_LOSS' })
  })

  it('pass on that the outcome is unknown', async () => {
    const { storage, other } = createTestManager()
    const lossy = other({
      storage: {
        ...storage,
        async store(id, record, options) {
          await storage.store(id, record, options)
          throw unavailable()
        },
      },
    })
    expect(await failureOf(lossy.store('a', 'x'))).toMatchObject({
      code: 'UNAVAILABLE',
      details: { outcome: 'unknown' },
    })
  })

  it('start again when somebody else was faster, and lose nothing of what is kept', async () => {
    const { manager, storage, other, clock } = createTestManager()
    const created = await manager.store('a', 'zero', { tags: { n: '0' } })
    let interruptions = 3
    const racing = other({
      storage: {
        ...storage,
        async store(id, record, options) {
          if (interruptions-- > 0) await manager.store('a', `other ${interruptions}`)
          return storage.store(id, record, options)
        },
      },
    })
    clock.advance(5)
    const written = await racing.store('a', 'mine')
    expect(written.metadata.createdAt).toBe(created.metadata.createdAt)
    expect((await manager.retrieve('a')).value.reveal()).toBe('mine')
    expect(await manager.history('a')).toHaveLength(5)
  })

  it('give up with CONFLICT when they lose again and again', async () => {
    const { manager, storage, other } = createTestManager()
    let attempts = 0
    const hopeless = other({
      storage: {
        ...storage,
        async store(id, record, options) {
          attempts += 1
          await manager.store('a', 'faster')
          return storage.store(id, record, options)
        },
      },
    })
    expect(await failureOf(hopeless.store('a', 'mine'))).toMatchObject({
      code: 'CONFLICT',
      reason: 'VERSION_MISMATCH',
      retryable: true,
    })
    expect(attempts).toBe(32)
  })

  it('of one credential take effect in the order they were called', async () => {
    const { manager } = createTestManager()
    const writes = Array.from({ length: 100 }, (_, index) => manager.store('a', String(index)))
    await Promise.all([...writes, manager.delete('a'), manager.store('a', 'last')])
    expect((await manager.retrieve('a')).value.reveal()).toBe('last')
    const revisions = (await Promise.all(writes)).map(({ metadata }) => metadata.revision)
    expect([...revisions].sort()).toEqual(revisions)
    expect(new Set(revisions).size).toBe(100)
  })

  it('grow the revision also when the clock jumps back, between processes too', async () => {
    const { manager, clock, other } = createTestManager()
    const revisions: string[] = []
    for (const writer of [manager, other(), manager, other()]) {
      revisions.push((await writer.store('a', 'x')).metadata.revision)
      clock.setWall(clock.wallNow() - 86_400_000)
    }
    expect([...revisions].sort()).toEqual(revisions)
    expect(new Set(revisions).size).toBe(4)
    const [first, second] = await collect(manager.list())
    expect(first?.metadata?.createdAt).toBe('2026-01-01T00:00:00.000Z')
    expect(second).toBeUndefined()
  })

  it('carry a writeId of their own', async () => {
    const { manager } = createTestManager()
    const written = [await manager.store('a', 'x'), await manager.store('a', 'x'), await manager.store('b', 'x')]
    expect(new Set(written.map(({ metadata }) => metadata.writeId)).size).toBe(3)
  })

  it('create without reading when they may not overwrite', async () => {
    const { manager, storage, other } = createTestManager()
    await manager.store('warm', 'x')
    let reads = 0
    const counting = other({
      storage: {
        ...storage,
        retrieve: (id, options) => {
          reads += 1
          return storage.retrieve(id, options)
        },
      },
    })
    await counting.store('a', 'x', { onDuplicate: 'refuse' })
    await counting.store('b', 'x', { ifVersion: null })
    expect(reads).toBe(0)
    await counting.store('a', 'y')
    expect(reads).toBe(1)
  })

  it('work without compare-and-set, which is then refused where it is asked for', async () => {
    const { manager } = createTestManager({ memory: { without: ['compareAndSet'] } })
    const first = await manager.store('a', 'one')
    await manager.store('a', 'two')
    expect(await failureOf(manager.store('a', 'three', { onDuplicate: 'refuse' }))).toMatchObject({
      code: 'ALREADY_EXISTS',
    })
    await manager.store('b', 'one', { onDuplicate: 'refuse' })
    const refused = { code: 'UNSUPPORTED', details: { capability: 'compareAndSet' } }
    expect(await failureOf(manager.store('a', 'three', { ifVersion: first.version }))).toMatchObject(refused)
    expect(await failureOf(manager.store('c', 'three', { ifVersion: null }))).toMatchObject(refused)
    expect(await failureOf(manager.update('a', 'three', { ifVersion: first.version }))).toMatchObject(refused)
    expect(await failureOf(manager.delete('a', { ifVersion: first.version }))).toMatchObject({ code: 'UNSUPPORTED' })
    expect((await manager.retrieve('a')).value.reveal()).toBe('two')
    expect(await manager.delete('a')).toEqual({ deleted: true })
  })

  it('that wait for their turn leave at once when aborted, and those behind still wait for those before', async () => {
    const { manager, storage, other } = createTestManager()
    await manager.store('warm', 'x')
    let release = (): void => {}
    const order: string[] = []
    const slow = other({
      storage: {
        ...storage,
        async store(id, record, options) {
          if (order.push('begin') === 1)
            await new Promise<void>((resolve) => {
              release = resolve
            })
          const written = await storage.store(id, record, options)
          order.push('end')
          return written
        },
      },
    })
    const first = slow.store('a', '1')
    const abort = new AbortController()
    const second = failureOf(slow.store('a', '2', { signal: abort.signal }))
    const third = slow.store('a', '3')
    await new Promise((resolve) => setImmediate(resolve))
    abort.abort()
    expect(await second).toMatchObject({ code: 'CANCELLED' })
    expect(order).toEqual(['begin'])
    release()
    await Promise.all([first, third])
    expect(order).toEqual(['begin', 'end', 'begin', 'end'])
    expect((await manager.retrieve('a')).value.reveal()).toBe('3')
  })

  it('are refused before anything is read or written when their signal is aborted', async () => {
    const { manager, storage } = createTestManager()
    expect(await failureOf(manager.store('a', 'x', { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'CANCELLED',
    })
    const timeout = AbortSignal.abort(new DOMException('late', 'TimeoutError'))
    expect(await failureOf(manager.delete('a', { signal: timeout }))).toMatchObject({ code: 'TIMEOUT' })
    expect(storage.count()).toBe(0)
  })

  it('of four managers lose no update by compare-and-set', async () => {
    const { manager, other } = createTestManager()
    await manager.store('counter', '0')
    const increment = async (writer: typeof manager): Promise<void> => {
      for (;;) {
        const { value, version } = await writer.retrieve('counter')
        const next = String(Number(value.reveal()) + 1)
        try {
          await writer.store('counter', next, { ifVersion: version })
          return
        } catch (error) {
          if (!HoldfastError.is(error, 'CONFLICT')) throw error
        }
      }
    }
    const run = async (writer: typeof manager): Promise<void> => {
      for (let count = 0; count < 25; count++) await increment(writer)
    }
    await Promise.all([manager, other(), other(), other()].map(run))
    expect((await manager.retrieve('counter')).value.reveal()).toBe('100')
  })

  it('of an unknown kind are refused, naming those there are', async () => {
    const { manager } = createTestManager()
    const error = await failureOf(manager.store('a', 'x', { kind: 'nonsense' }))
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'KIND_UNKNOWN' })
    expect(error.message).toContain('api-key')
  })
})

describe('versions', () => {
  it('are listed newest first and can be retrieved and rolled back to', async () => {
    const { manager, clock } = createTestManager()
    const one = await manager.store('a', 'one', { kind: 'api-key', tags: { n: '1' } })
    clock.advance(1000)
    const two = await manager.store('a', 'two')
    expect((await manager.history('a')).map(({ version }) => version)).toEqual([two.version, one.version])
    expect((await manager.retrieve('a', { version: one.version })).value.reveal()).toBe('one')
    const back = await manager.rollback('a', one.version)
    expect(back.metadata).toMatchObject({ kind: 'api-key', tags: { n: '1' }, createdAt: one.metadata.createdAt })
    expect(back.metadata.revision > two.metadata.revision).toBe(true)
    expect(back.version).not.toBe(one.version)
    expect((await manager.retrieve('a')).value.reveal()).toBe('one')
    expect(await manager.history('a')).toHaveLength(3)
    expect(await failureOf(manager.rollback('a', 'never'))).toMatchObject({
      code: 'NOT_FOUND',
      reason: 'VERSION_UNKNOWN',
    })
  })

  it('bring a damaged credential back', async () => {
    const { manager, storage } = createTestManager()
    const one = await manager.store('a', 'one')
    await manager.store('a', 'two')
    const record = await storage.retrieve('a')
    await storage.store('a', { ...record, value: record.value.map((byte) => byte ^ 1) })
    expect(await failureOf(manager.retrieve('a'))).toMatchObject({ code: 'DATA_LOSS', reason: 'TAMPERED' })
    await manager.rollback('a', one.version)
    expect((await manager.retrieve('a')).value.reveal()).toBe('one')
  })

  it('do not bring a damaged credential back under a scope, which it cannot be held against', async () => {
    const { manager, storage } = createTestManager()
    const acme = parseScopeId('org:acme')
    const one = await manager.store('a', 'one', { scope: acme })
    const record = await storage.retrieve('a')
    await storage.store('a', { ...record, value: record.value.map((byte) => byte ^ 1) })
    expect(await failureOf(manager.withScope(acme).rollback('a', one.version))).toMatchObject({ code: 'DATA_LOSS' })
    expect((await manager.rollback('a', one.version)).metadata.scope).toBe(acme)
  })

  it('are not rolled back to when the credential is deleted', async () => {
    const { manager } = createTestManager()
    const one = await manager.store('a', 'one')
    await manager.delete('a')
    expect(await failureOf(manager.rollback('a', one.version))).toMatchObject({ code: 'NOT_FOUND' })
  })

  it('never move a credential into the scope it had in an earlier life', async () => {
    const { manager, storage, other } = createTestManager()
    const early = await manager.store('a', 'old', { scope: 'org:old' as never })
    const record = await storage.retrieve('a')
    await manager.delete('a')
    await manager.purge('a')
    await manager.store('a', 'new', { scope: 'org:new' as never })
    const keeping = other({
      storage: {
        ...storage,
        retrieve: (id, options) =>
          options?.version === undefined ? storage.retrieve(id, options) : Promise.resolve(record),
      },
    })
    expect(await failureOf(keeping.rollback('a', early.version))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'SCOPE_IMMUTABLE',
    })
  })
})

describe('deleted credentials', () => {
  it('can be recovered until they are purged', async () => {
    const { manager } = createTestManager()
    const stored = await manager.store('a', 'x', { tags: { t: '1' } })
    await manager.delete('a')
    expect((await collect(manager.listDeleted())).map(({ id }) => id)).toEqual(['a'])
    const recovered = await manager.recover('a')
    expect(recovered.metadata).toEqual(stored.metadata)
    expect((await manager.retrieve('a')).version).toBe(recovered.version)
    await manager.delete('a')
    expect(await manager.purge('a')).toEqual({ purged: true })
    expect(await failureOf(manager.recover('a'))).toMatchObject({ code: 'NOT_FOUND' })
  })

  it('are out of reach where the storage cannot', async () => {
    const { manager } = createTestManager({ memory: { without: ['recover', 'versions', 'watch'] } })
    await manager.store('a', 'x')
    for (const call of [manager.recover('a'), manager.purge('a'), manager.history('a'), manager.rollback('a', '1')]) {
      expect(await failureOf(call)).toMatchObject({ code: 'UNSUPPORTED' })
    }
    await expect(collect(manager.listDeleted())).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    await expect(collect(manager.watch())).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    expect(manager.source('a').watch).toBeUndefined()
  })
})

describe('readable storage', () => {
  it('stores what other programs can read, opens what was sealed before, and refuses it without a keyring', async () => {
    const { manager, storage, keyring, other } = createTestManager()
    await manager.store('sealed', 'x')
    const readable = other({ sealing: 'backend', keyring })
    await readable.store('plain', 'y')
    expect(Buffer.from((await storage.retrieve('plain')).value).toString()).toBe('y')
    expect((await readable.retrieve('sealed')).value.reveal()).toBe('x')
    const keyless = other({ sealing: 'backend', keyring: undefined })
    expect((await keyless.retrieve('plain')).value.reveal()).toBe('y')
    expect(await failureOf(keyless.retrieve('sealed'))).toMatchObject({ code: 'DATA_LOSS', reason: 'KEY_UNKNOWN' })
  })

  it('does not let a planted readable record pass for a sealed one', async () => {
    const { manager, other } = createTestManager()
    await other({ sealing: 'backend', keyring: undefined }).store('a', 'planted')
    expect(await failureOf(manager.retrieve('a'))).toMatchObject({ code: 'DATA_LOSS', reason: 'TAMPERED' })
    expect(await failureOf(manager.store('a', 'x'))).toMatchObject({ code: 'DATA_LOSS' })
  })

  it('finds a record under another id, or one whose bytes are not what its header says', async () => {
    const { storage, other } = createTestManager()
    const readable = other({ sealing: 'backend', keyring: undefined })
    await readable.store('a', { some: 'data' })
    const record = await storage.retrieve('a')
    const swapped = other({
      sealing: 'backend',
      keyring: undefined,
      storage: { ...storage, retrieve: async () => record },
    })
    expect(await failureOf(swapped.retrieve('b'))).toMatchObject({ code: 'DATA_LOSS', reason: 'TAMPERED' })
    for (const text of ['{', '7', '{}', '\ufffe\xff']) {
      await storage.store('a', { ...record, value: Buffer.from(text, 'latin1') })
      expect(await failureOf(readable.retrieve('a'))).toMatchObject({ code: 'DATA_LOSS', reason: 'UNREADABLE' })
    }
  })
})

describe('a storage that breaks its contract', () => {
  it('is reported as INTERNAL, with a cause that shows no secret', async () => {
    const { storage, other } = createTestManager()
    const broken = other({
      storage: {
        ...storage,
        retrieve: async () => {
          throw new TypeError('password=planted')
        },
      },
    })
    const error = await failureOf(broken.retrieve('a'))
    expect(error).toMatchObject({ code: 'INTERNAL', operation: 'retrieve', cause: { name: 'TypeError' } })
    expect(JSON.stringify(error)).not.toContain('planted')
  })
})
