import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { CredentialChange } from '@holdfast/contracts/credentials'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { describeWithServer } from '@holdfast/test-servers'
import { collect, compareStorages, createFakeClock, createHttpProxy, sampleRecord, sampleText } from '@holdfast/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createVaultStorage, type VaultStorage, type VaultStorageOptions } from '../src/index.ts'
import { arrange, ask, uniqueName } from './kv-mount.ts'

const run = promisify(execFile)

describeWithServer('openbao', (server) => {
  const { VAULT_ADDR = '', VAULT_TOKEN = '' } = server.settings
  const opened: VaultStorage[] = []
  let prefix: string
  const connect = (options: VaultStorageOptions = {}): VaultStorage => {
    const storage = createVaultStorage({
      address: VAULT_ADDR,
      auth: { method: 'token', token: VAULT_TOKEN },
      prefix,
      watchIntervalMs: 50,
      ...options,
    })
    opened.push(storage)
    return storage
  }
  /** As somebody with another tool would. */
  const kv = (method: string, part: string, id: string, body?: unknown) =>
    ask(server, method, `secret/${part}/${prefix}/${id}`, body)

  beforeEach(() => {
    prefix = uniqueName('credentials')
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((storage) => storage.close()))
  })

  it.each<readonly [string, VaultStorageOptions, 'all' | 'current']>([
    ['with final deletes', {}, 'all'],
    ['with soft deletes', { softDelete: true }, 'current'],
  ])('agrees with memory in 2000 random operations, %s', async (_, options, history) => {
    const subject = connect(options)
    const without = subject.capabilities.recover ? [] : (['recover'] as const)
    const reference = createMemoryStorage({ without })
    const outcomes = await compareStorages({ reference, subject, seed: 20_261_121, history })
    for (const outcome of [
      'create: CONFLICT VERSION_MISMATCH',
      'replace: done',
      'delete version: done',
      'retrieve version: done',
    ]) {
      expect(outcomes[outcome], outcome).toBeGreaterThan(10)
    }
  })

  it('of processes that add by compare-and-set none loses an increment', async () => {
    const storage = connect()
    await storage.store('counter', sampleRecord('counter', { value: '0' }))
    const script = join(import.meta.dirname, 'incrementing-process.ts')
    const env = { ...process.env, VAULT_ADDR, VAULT_TOKEN }
    const outputs = await Promise.all([1, 2, 3].map(() => run(process.execPath, [script, prefix, '40'], { env })))
    expect(sampleText((await storage.retrieve('counter')).value)).toBe('120')
    const conflicts = outputs.map(({ stdout }) => JSON.parse(stdout).conflicts)
    // They did get in each other's way.
    expect(Math.max(...conflicts)).toBeGreaterThan(0)
  })

  it.each([
    ['before', 86_400_000],
    ['behind', -86_400_000],
  ])('a clock that is a day %s that of the server harms nothing', async (_, offsetMs) => {
    const clock = createFakeClock({ wallMs: Date.now() + offsetMs })
    const skewed = connect({ clock })
    const right = connect()
    const versions: string[] = []
    for (const storage of [skewed, right, skewed]) {
      const { version } = await storage.store('a', sampleRecord('a'), { ifVersion: versions[0] ?? null })
      versions.unshift(version)
    }
    for (const storage of [skewed, right]) {
      expect((await storage.retrieve('a')).version).toBe(versions[0])
      expect((await storage.history('a')).map(({ version }) => version)).toEqual(versions)
      expect((await storage.health()).status).toBe('up')
    }
    // An engine that ends versions an hour from now has not ended them yet, whatever we take for now.
    await kv('POST', 'metadata', 'b', { delete_version_after: '1h' })
    await skewed.store('b', sampleRecord('b'))
    expect([await skewed.exists('b'), (await collect(skewed.list({ prefix: 'b', include: 'id' }))).length]).toEqual([
      true,
      1,
    ])
    expect(await skewed.delete('a', { ifVersion: versions[0] ?? '' })).toEqual({ deleted: true })
    expect(await right.exists('a')).toBe(false)
  })

  it.each([50, 100])('takes %i reads and writes at the same time', async (count) => {
    const storage = connect()
    const ids = Array.from({ length: count }, (_, index) => `parallel/${index}`)
    await Promise.all(ids.map((id) => storage.store(id, sampleRecord(id))))
    const all = await Promise.all(ids.flatMap((id) => [storage.retrieve(id), storage.exists(id), storage.history(id)]))
    expect(all).toHaveLength(3 * count)
    expect(await collect(storage.list())).toHaveLength(count)
    await Promise.all(ids.map((id) => storage.delete(id)))
    expect(await collect(storage.list())).toEqual([])
  })

  describe('beside other tools', () => {
    it('a readable value is one that other tools find', async () => {
      await connect().store('db/main', sampleRecord('db/main', { value: new TextEncoder().encode('s3cret') }))
      const { body } = await kv('GET', 'data', 'db/main')
      expect(body).toMatchObject({ data: { data: { holdfast: 1, text: 's3cret', metadata: { id: 'db/main' } } } })
    })

    it('tags are custom metadata, those that Vault can show, and follow the record', async () => {
      const storage = connect()
      const tags = { env: 'prod', ключ: 'значение', empty: '', lines: 'a\nb' }
      await storage.store('a', sampleRecord('a', { tags }))
      const shown = async () => Reflect.get(Object((await kv('GET', 'metadata', 'a')).body.data), 'custom_metadata')
      expect(await shown()).toEqual({ env: 'prod', ключ: 'значение' })
      expect((await storage.retrieve('a')).metadata.tags).toEqual(tags)
      await storage.store('a', sampleRecord('a', { tags: { env: 'test' } }))
      expect(await shown()).toEqual({ env: 'test' })
      await storage.store('a', sampleRecord('a'))
      expect(await shown()).toBeNull()
    })

    it("somebody else's secret is DATA_LOSS to read, listed without metadata, and harms no other", async () => {
      const storage = connect()
      await storage.store('mine', sampleRecord('mine'))
      await kv('POST', 'data', 'theirs', { data: { username: 'planted-user', password: 'planted-password' } })
      await kv('POST', 'data', 'copied', {
        data: Reflect.get(Object((await kv('GET', 'data', 'mine')).body.data), 'data'),
      })
      await kv('POST', 'data', 'no%20id%25', { data: { x: 1 } })
      for (const [id, problem] of [
        ['theirs', 'not written by this library'],
        ['copied', 'another credential'],
      ] as const) {
        const error = await storage.retrieve(id).catch((thrown) => thrown)
        expect(error).toMatchObject({
          code: 'DATA_LOSS',
          reason: 'UNREADABLE',
          message: expect.stringContaining(problem),
        })
        expect(JSON.stringify(error)).not.toContain('planted')
        expect(await storage.exists(id)).toBe(true)
      }
      const listed = await collect(storage.list())
      expect(listed.map(({ id }) => id).sort()).toEqual(['copied', 'mine', 'theirs'])
      expect(
        listed
          .filter(({ metadata }) => metadata === undefined)
          .map(({ id }) => id)
          .sort(),
      ).toEqual(['copied', 'theirs'])
      expect(await collect(storage.list({ tags: { env: 'prod' } }))).toEqual([])
      // A path that is no id of ours, the last of the four, is not there for us.
      expect((await collect(storage.list({ include: 'id' }))).map(({ id }) => id).sort()).toEqual([
        'copied',
        'mine',
        'theirs',
      ])
      await storage.store('theirs', sampleRecord('theirs'))
      expect(await storage.retrieve('theirs')).toBeDefined()
    })

    it('a secret may be a folder too', async () => {
      const storage = connect()
      for (const id of ['a', 'a/b', 'a/b/c']) await storage.store(id, sampleRecord(id))
      expect((await collect(storage.list({ prefix: 'a/' }))).map(({ id }) => id).sort()).toEqual(['a/b', 'a/b/c'])
      await storage.delete('a/b')
      expect((await collect(storage.list())).map(({ id }) => id).sort()).toEqual(['a', 'a/b/c'])
    })

    it('what was deleted with another tool is gone, can be created anew, and is left for that tool to undelete', async () => {
      const storage = connect()
      await storage.store('a', sampleRecord('a', { value: 'precious' }))
      await kv('DELETE', 'data', 'a')
      expect([await storage.exists('a'), await collect(storage.list({ include: 'id' }))]).toEqual([false, []])
      expect(await storage.delete('a')).toEqual({ deleted: false })
      await kv('POST', 'undelete', 'a', { versions: [1] })
      expect(sampleText((await storage.retrieve('a')).value)).toBe('precious')
      await kv('DELETE', 'data', 'a')
      await storage.store('a', sampleRecord('a', { value: 'new' }), { ifVersion: null })
      expect(sampleText((await storage.retrieve('a')).value)).toBe('new')
    })

    it('what was destroyed with another tool is gone and cannot be recovered', async () => {
      const storage = connect({ softDelete: true })
      await storage.store('a', sampleRecord('a'))
      await kv('POST', 'destroy', 'a', { versions: [1] })
      expect([await storage.exists('a'), await collect(storage.listDeleted())]).toEqual([false, []])
      await expect(storage.recover('a')).rejects.toMatchObject({ code: 'NOT_FOUND' })
      await storage.store('a', sampleRecord('a'), { ifVersion: null })
    })

    it('versions that the engine ends by itself are gone when it is time', async () => {
      const storage = connect()
      await kv('POST', 'metadata', 'a', { delete_version_after: '1h' })
      const { version } = await storage.store('a', sampleRecord('a'))
      expect([await storage.exists('a'), (await storage.retrieve('a')).version]).toEqual([true, version])
      await storage.store('a', sampleRecord('a'), { ifVersion: version })
      expect(await storage.history('a')).toHaveLength(2)
    })
  })

  describe('deleting', () => {
    it('removes every version and the metadata', async () => {
      const storage = connect()
      const first = await storage.store('a', sampleRecord('a'))
      const { version } = await storage.store('a', sampleRecord('a'), { ifVersion: first.version })
      await storage.delete('a', { ifVersion: version })
      expect((await kv('GET', 'metadata', 'a')).status).toBe(404)
      await storage.store('b', sampleRecord('b'))
      await storage.delete('b')
      expect((await kv('GET', 'metadata', 'b')).status).toBe(404)
    })

    it('a version is not taken for one of the same number before a delete', async () => {
      const storage = connect()
      const before = await storage.store('a', sampleRecord('a', { value: 'before' }))
      await storage.delete('a')
      const after = await storage.store('a', sampleRecord('a', { value: 'after' }))
      expect([before.version.split('@')[0], after.version.split('@')[0]]).toEqual(['1', '1'])
      const conflict = { code: 'CONFLICT', reason: 'VERSION_MISMATCH' }
      await expect(storage.store('a', sampleRecord('a'), { ifVersion: before.version })).rejects.toMatchObject(conflict)
      await expect(storage.delete('a', { ifVersion: before.version })).rejects.toMatchObject(conflict)
      await expect(storage.retrieve('a', { version: before.version })).rejects.toMatchObject({
        reason: 'VERSION_UNKNOWN',
      })
      expect(sampleText((await storage.retrieve('a')).value)).toBe('after')
    })

    it('is refused recovery where it is final', async () => {
      const storage = connect()
      await storage.store('a', sampleRecord('a'))
      await storage.delete('a')
      expect(storage.capabilities.recover).toBe(false)
      await expect(storage.recover('a')).rejects.toMatchObject({ code: 'UNSUPPORTED' })
      await expect(storage.purge('a')).rejects.toMatchObject({ code: 'UNSUPPORTED' })
      await expect(collect(storage.listDeleted())).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    })

    it('softly hides the value from other tools, keeps it for recovery, and purges it for good', async () => {
      const storage = connect({ softDelete: true })
      await storage.store('a', sampleRecord('a', { value: 'precious', tags: { env: 'prod' } }))
      await storage.delete('a')
      expect((await kv('GET', 'data', 'a')).status).toBe(404)
      expect((await kv('GET', 'data', 'a?version=1')).status).toBe(404)
      const [deleted] = await collect(storage.listDeleted())
      expect(deleted).toMatchObject({ id: 'a' })
      await storage.recover('a')
      expect((await storage.retrieve('a')).metadata.tags).toEqual({ env: 'prod' })
      expect((await kv('GET', 'data', 'a')).status).toBe(200)
      await storage.delete('a')
      await storage.purge('a')
      expect((await kv('GET', 'metadata', 'a')).status).toBe(404)
    })

    it('recovers what another tool has deleted', async () => {
      const storage = connect({ softDelete: true })
      await storage.store('a', sampleRecord('a', { value: 'precious' }))
      await kv('DELETE', 'data', 'a')
      expect((await collect(storage.listDeleted())).map(({ id }) => id)).toEqual(['a'])
      await storage.recover('a')
      expect(sampleText((await storage.retrieve('a')).value)).toBe('precious')
      expect(await storage.history('a')).toHaveLength(2)
    })

    it('of an engine that keeps one version only leaves nothing to recover', async () => {
      const storage = connect({ softDelete: true })
      await kv('POST', 'metadata', 'a', { max_versions: 1 })
      await storage.store('a', sampleRecord('a'))
      await storage.delete('a')
      await expect(storage.recover('a')).rejects.toMatchObject({ code: 'NOT_FOUND' })
      expect(await storage.exists('a')).toBe(false)
    })

    describe('that was cut off between its two requests', () => {
      const tombstone = { data: { holdfast: 1, deletedAt: '2026-11-21T12:00:00.000Z' }, options: { cas: 1 } }

      it('is a delete all the same, and is finished by the next', async () => {
        const storage = connect()
        await storage.store('a', sampleRecord('a'))
        await kv('POST', 'data', 'a', tombstone)
        expect([await storage.exists('a'), await collect(storage.list())]).toEqual([false, []])
        await expect(storage.retrieve('a')).rejects.toMatchObject({ code: 'NOT_FOUND' })
        await storage.delete('a')
        expect((await kv('GET', 'metadata', 'a')).status).toBe(404)
      })

      it('is finished by a soft delete, and can be recovered still', async () => {
        const storage = connect({ softDelete: true })
        await storage.store('a', sampleRecord('a', { value: 'precious' }))
        await kv('POST', 'data', 'a', tombstone)
        expect(await storage.delete('a')).toEqual({ deleted: false })
        expect((await kv('GET', 'data', 'a?version=1')).status).toBe(404)
        await storage.recover('a')
        expect(sampleText((await storage.retrieve('a')).value)).toBe('precious')
      })

      it('gives way to a write after a while', async () => {
        const clock = createFakeClock()
        const storage = connect({ clock })
        await storage.store('a', sampleRecord('a'))
        await kv('POST', 'data', 'a', tombstone)
        let isDone = false
        const writing = storage.store('a', sampleRecord('a', { value: 'new' }), { ifVersion: null }).finally(() => {
          isDone = true
        })
        while (!isDone) await clock.advanceAsync(50)
        expect((await writing).version).toMatch(/^3@/)
        expect(clock.monotonicNow()).toBeGreaterThanOrEqual(2000)
        expect(sampleText((await storage.retrieve('a')).value)).toBe('new')
      })

      it('lets one who creates wait until the secret is removed', async () => {
        await using proxy = await createHttpProxy({ target: VAULT_ADDR })
        const storage = connect({ address: proxy.url })
        await storage.store('a', sampleRecord('a'))
        await kv('POST', 'data', 'a', tombstone)
        const { count } = proxy
        const writing = storage.store('a', sampleRecord('a', { value: 'new' }), { ifVersion: null })
        // It has tried, looked, and tried again.
        await proxy.until(() => proxy.count >= count + 4)
        await kv('DELETE', 'metadata', 'a')
        expect((await writing).version).toMatch(/^1@/)
      })

      it('can be recovered where deletes are soft', async () => {
        const storage = connect({ softDelete: true })
        await storage.store('a', sampleRecord('a', { value: 'precious' }))
        await kv('POST', 'data', 'a', tombstone)
        await storage.recover('a')
        expect(sampleText((await storage.retrieve('a')).value)).toBe('precious')
      })
    })
  })

  describe('limits', () => {
    it('takes values up to exactly its limit, and refuses more before anything is sent', async () => {
      const storage = connect()
      expect(storage.capabilities.limits).toEqual({ maxValueBytes: 758_784, maxTags: 64, maxIdLength: 512 })
      const { maxValueBytes } = storage.capabilities.limits
      for (const [bytes, isTaken] of [
        [maxValueBytes - 1, true],
        [maxValueBytes, true],
        [maxValueBytes + 1, false],
      ] as const) {
        const record = sampleRecord('large', { value: new Uint8Array(bytes).fill(255), encoding: 'bytes' })
        const outcome = await storage.store('large', record).then(
          () => true,
          (error) => error.reason,
        )
        expect(outcome).toBe(isTaken ? true : 'LIMIT_EXCEEDED')
      }
      expect((await storage.retrieve('large')).value.length).toBe(maxValueBytes)
    })

    it('counts what a value becomes as JSON', async () => {
      const storage = connect({ maxEntryBytes: 131_072 })
      const value = new TextEncoder().encode('\u0001'.repeat(30_000))
      await expect(storage.store('a', sampleRecord('a', { value }))).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        reason: 'LIMIT_EXCEEDED',
      })
      expect((await kv('GET', 'metadata', 'a')).status).toBe(404)
    })
  })

  it('two ids that would be one path after careless encoding are two', async () => {
    const storage = connect()
    const ids = ['a~20b', 'a b', 'a%20b', 'a%2520b', '..a', '~2e.a', 'é', 'A', 'a']
    for (const id of ids) await storage.store(id, sampleRecord(id))
    expect((await collect(storage.list())).map(({ id }) => id).sort()).toEqual([...ids].sort())
    for (const id of ids) expect(sampleText((await storage.retrieve(id)).value)).toBe(id)
  })

  it('lists a thousand in many folders, each once', async () => {
    const storage = connect()
    const ids = Array.from({ length: 1000 }, (_, index) => `team-${index % 7}/service-${index % 31}/key-${index}`)
    for (let start = 0; start < ids.length; start += 100) {
      await Promise.all(ids.slice(start, start + 100).map((id) => storage.store(id, sampleRecord(id))))
    }
    const listed = (await collect(storage.list())).map(({ id }) => id)
    expect(listed.sort()).toEqual([...ids].sort())
    const some = (await collect(storage.list({ prefix: 'team-3/service-1', include: 'id' }))).map(({ id }) => id)
    expect(some.sort()).toEqual(ids.filter((id) => id.startsWith('team-3/service-1')).sort())
    for (const prefix of ['/', 'a//', '//', 'team-3//']) expect(await collect(storage.list({ prefix }))).toEqual([])
  })

  it('tells a watch of what another process does', async () => {
    const watching = connect()
    const other = connect()
    await other.store('before', sampleRecord('before'))
    const changes = watching.watch()[Symbol.asyncIterator]()
    const until = async (isWanted: (change: CredentialChange) => boolean): Promise<CredentialChange> => {
      for (;;) {
        const { value } = await changes.next()
        // What was stored within the second before the watch may be told as well.
        if (value !== undefined && isWanted(value)) return value
      }
    }
    const told = until(({ id }) => id === 'db/main')
    const { version } = await other.store('db/main', sampleRecord('db/main'))
    expect(await told).toMatchObject({ type: 'stored', version })
    await other.delete('db/main')
    await until(({ id, type }) => id === 'db/main' && type === 'deleted')
    await watching.close()
    expect((await changes.next()).done).toBe(true)
  })

  it('has nothing left of a folder that was emptied', async () => {
    const storage = connect()
    await storage.store('a/b/c', sampleRecord('a/b/c'))
    await storage.delete('a/b/c')
    const { status } = await ask(server, 'GET', `secret/metadata/${prefix}?list=true`)
    expect(status).toBe(404)
    await arrange(server, 'GET', 'sys/health')
  })
})
