import { inspect } from 'node:util'
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager'
import { createCredentialManager, createKeyring, rawKey } from '@holdfast/credential-core'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { describeWithServer } from '@holdfast/test-servers'
import { awkwardIds, collect, compareStorages, createHttpProxy, sampleRecord, sampleText } from '@holdfast/testkit'
import { afterAll, expect, it } from 'vitest'
import type { AwsStorage } from '../src/index.ts'
import { secretNameOf } from '../src/secret-name.ts'
import { clientFor, newPrefix, openOn } from './emulators.ts'

/** Time limits of this file are for machines that are ten times slower than the one it was written on. */
const slow = 300_000

describeWithServer('ministack', ({ settings }) => {
  const client = clientFor(settings, { name: 'ministack' })
  afterAll(() => client.destroy())

  it('2,000 random operations end as they do in memory', { timeout: slow }, async () => {
    const outcomes = await compareStorages({
      reference: createMemoryStorage({ without: ['recover'], limits: { maxValueBytes: 46_080 } }),
      subject: openOn(client, { recoveryWindowDays: 0 }),
      seed: 20_261_121,
      // The emulator drops versions as soon as they have no label.
      history: 'current',
    })
    for (const outcome of [
      'store: done',
      'create: CONFLICT VERSION_MISMATCH',
      'replace: done',
      'replace any: CONFLICT VERSION_MISMATCH',
      'delete version: done',
      'delete any version: CONFLICT VERSION_MISMATCH',
    ]) {
      expect(outcomes[outcome], outcome).toBeGreaterThan(5)
    }
  })

  it('reads 250 credentials across three pages, each once', { timeout: slow }, async () => {
    const storage = openOn(client)
    const ids = Array.from({ length: 250 }, (_, index) => `page/${String(index).padStart(3, '0')}`)
    for (let start = 0; start < ids.length; start += 50) {
      await Promise.all(ids.slice(start, start + 50).map((id) => storage.store(id, sampleRecord(id))))
    }
    expect((await collect(storage.list({ include: 'id' }))).map(({ id }) => id).sort()).toEqual(ids)
    const summaries = await collect(storage.list())
    expect(summaries.map(({ metadata }) => metadata?.id).sort()).toEqual(ids)
    const { items, succeeded } = await storage.retrieveBatch([...ids, 'absent'])
    expect([succeeded, items.at(-1)?.ok]).toEqual([250, false])
    await storage.delete('page/100')
    expect(await collect(storage.list({ prefix: 'page/1', include: 'id' }))).toHaveLength(99)
    expect(await collect(storage.listDeleted())).toMatchObject([{ id: 'page/100' }])
  })

  it.each([50, 100])('does %d calls of all kinds at once', async (count) => {
    const storage = openOn(client)
    const ids = Array.from({ length: count }, (_, index) => `at-once/${index}`)
    await Promise.all(ids.map((id) => storage.store(id, sampleRecord(id, { value: 'before' }))))
    const found = await Promise.all(
      ids.map(async (id, index) => {
        switch (index % 5) {
          case 0:
            return (await storage.store(id, sampleRecord(id, { value: 'after' }))).version
          case 1: {
            const { version } = await storage.retrieve(id)
            return (await storage.store(id, sampleRecord(id, { value: 'after' }), { ifVersion: version })).version
          }
          case 2:
            return (await storage.delete(id)).deleted
          case 3:
            return await storage.exists(id)
          default:
            return sampleText((await storage.retrieve(id)).value)
        }
      }),
    )
    expect(found.filter((answer) => answer === true)).toHaveLength((count * 2) / 5)
    expect(found.filter((answer) => answer === 'before')).toHaveLength(count / 5)
    expect(await collect(storage.list({ include: 'id' }))).toHaveLength((count * 4) / 5)
  })

  it('stores a document of 65,535 and of 65,536 bytes, and refuses one byte more before it is sent', async () => {
    const storage = openOn(client)
    const tagged = (length: number) =>
      sampleRecord('db', { encoding: 'bytes', value: new Uint8Array(46_080), tags: { t: 'x'.repeat(length) } })
    const sizeOf = async (length: number): Promise<boolean> =>
      storage.store('db', tagged(length)).then(
        () => true,
        () => false,
      )
    let [fits, tooLong] = [1, 65_536]
    while (tooLong - fits > 1) {
      const middle = Math.floor((fits + tooLong) / 2)
      if (await sizeOf(middle)) fits = middle
      else tooLong = middle
    }
    for (const length of [fits - 1, fits]) {
      await storage.store('db', tagged(length))
      expect((await storage.retrieve('db')).metadata.tags.t).toHaveLength(length)
    }
    await expect(storage.store('db', tagged(fits + 1))).rejects.toMatchObject({
      reason: 'LIMIT_EXCEEDED',
      details: { bytes: 65_537, allowed: 65_536 },
    })
  })

  it('lists a secret of somebody else without metadata, and cannot read it or show what is in it', async () => {
    const prefix = newPrefix()
    const storage = openOn(client, { prefix })
    for (const [id, content] of [
      ['text', { SecretString: 'planted-foreign-text' }],
      ['json', { SecretString: JSON.stringify({ password: 'planted-foreign-json' }) }],
      ['bytes', { SecretBinary: Buffer.from('planted-foreign-bytes') }],
    ] as const) {
      await client.send(new CreateSecretCommand({ Name: secretNameOf(prefix, id), ...content }))
      const error: unknown = await storage.retrieve(id).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'DATA_LOSS', reason: 'UNREADABLE' })
      expect(inspect(error, { depth: 10 }) + JSON.stringify(error)).not.toContain('planted')
    }
    const summaries = await collect(storage.list())
    expect(summaries.map(({ id, metadata }) => [id, metadata]).sort()).toEqual([
      ['bytes', undefined],
      ['json', undefined],
      ['text', undefined],
    ])
    await storage.store('text', sampleRecord('text'))
    expect(sampleText((await storage.retrieve('text')).value)).toBe('text')
  })

  it('gives awkward ids names of their own that AWS takes', async () => {
    const prefix = newPrefix()
    const names = awkwardIds.map((id) => secretNameOf(prefix, id))
    expect(new Set(names).size).toBe(awkwardIds.length)
    const storage = openOn(client, { prefix })
    await Promise.all(awkwardIds.map((id) => storage.store(id, sampleRecord(id))))
    expect((await collect(storage.list())).map(({ metadata }) => metadata?.id).sort()).toEqual([...awkwardIds].sort())
  })

  it('sends no value that the manager has sealed, not even in an error', async () => {
    const proxy = await createHttpProxy({ target: settings.AWS_ENDPOINT_URL ?? '', keepBodyBytes: 1024 * 1024 })
    const storage = openOn(clientFor(settings, { endpoint: proxy.url }))
    const keyring = createKeyring({ storage, unlock: [rawKey(Buffer.alloc(32, 7))], createIfMissing: true })
    const manager = createCredentialManager({ storage, keyring })
    const planted = 'planted-sealed-value-5d1f'
    await manager.store('db/main', planted, { tags: { team: 'core' } })
    await manager.update('db/main', `${planted} again`)
    expect((await manager.retrieve('db/main')).value.reveal()).toBe(`${planted} again`)
    const wire = proxy.requests.map(({ body, answer }) => `${body}${answer?.body ?? ''}`).join('\n')
    expect(wire).toContain('core')
    for (const form of [
      planted,
      Buffer.from(planted).toString('base64').slice(0, 24),
      Buffer.from(planted).toString('hex'),
    ]) {
      expect(wire).not.toContain(form)
    }
    await manager.close()
    await proxy.close()
  })

  it('answers in less than 500 ms in 95 of 100 cases', async () => {
    const storage = openOn(client)
    const timed = async (work: (index: number) => Promise<unknown>): Promise<number> => {
      const times: number[] = []
      for (let index = 0; index < 100; index++) {
        const startedAt = performance.now()
        await work(index)
        times.push(performance.now() - startedAt)
      }
      return times.sort((a, b) => a - b)[94] ?? 0
    }
    const stored = await timed((index) => storage.store(`p95/${index}`, sampleRecord(`p95/${index}`)))
    const retrieved = await timed((index) => storage.retrieve(`p95/${index}`))
    const shown = `p95 of store ${stored.toFixed(1)} ms, of retrieve ${retrieved.toFixed(1)} ms`
    process.stdout.write(`storage-aws on ministack: ${shown}\n`)
    expect(Math.max(stored, retrieved)).toBeLessThan(500)
  })
})

describeWithServer('moto', ({ settings }) => {
  const client = clientFor(settings, { name: 'moto' })
  afterAll(() => client.destroy())

  it('1,000 random operations end as they do in memory, when each is on a condition', { timeout: slow }, async () => {
    const outcomes = await compareStorages({
      reference: createMemoryStorage({ without: ['recover'], keepVersions: 1000, limits: { maxValueBytes: 46_080 } }),
      subject: onConditions(openOn(client, { recoveryWindowDays: 0 })),
      seed: 7,
      operations: 1000,
    })
    expect(outcomes['retrieve version: done']).toBeGreaterThan(5)
    expect(outcomes['delete any version: CONFLICT VERSION_MISMATCH']).toBeGreaterThan(5)
  })
})

/** Gives every write a condition: the emulator reads the wrong version after one without that follows one with. */
const onConditions = (storage: AwsStorage): AwsStorage => ({
  ...storage,
  async store(id, record, options = {}) {
    if (options.ifVersion !== undefined) return storage.store(id, record, options)
    const ifVersion = (await storage.exists(id)) ? (await storage.retrieve(id)).version : null
    return storage.store(id, record, { ...options, ifVersion })
  },
})
