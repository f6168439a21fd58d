import { inspect } from 'node:util'
import { HoldfastError } from '@holdfast/contracts'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { standard } from '@holdfast/resilience'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { describeWithServer } from '@holdfast/test-servers'
import { collect, compareStorages, createTcpProxy, sampleRecord, sampleText } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { createSecretNames, maxValueBytes } from '../src/secret-object.ts'
import { administer, grant, k8sStorageOf, kubeConfigOf, newNamespace } from './kubernetes-cluster.ts'

const failureOf = async (work: Promise<unknown>): Promise<HoldfastError> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!HoldfastError.is(error)) throw new Error(`expected a HoldfastError, got ${String(error)}`)
  return error
}

describeWithServer('kubernetes', ({ settings }) => {
  const userTokens: Readonly<Record<string, string>> = JSON.parse(settings.KUBERNETES_USER_TOKENS ?? '{}')

  describe('namespaces', () => {
    it('a storage of one can neither list, read nor delete what is in another', async () => {
      const [a, b] = [await newNamespace(settings), await newNamespace(settings)]
      const inA = k8sStorageOf(settings, { namespace: a })
      const inB = k8sStorageOf(settings, { namespace: b })
      await inA.store('db/main', sampleRecord('db/main'))
      expect(await collect(inB.list())).toEqual([])
      expect(await inB.exists('db/main')).toBe(false)
      expect(await failureOf(inB.retrieve('db/main'))).toMatchObject({ code: 'NOT_FOUND' })
      expect(await inB.delete('db/main')).toEqual({ deleted: false })
      expect(sampleText((await inA.retrieve('db/main')).value)).toBe('db/main')
    })

    it('stores of two prefixes in one namespace see nothing of each other', async () => {
      const namespace = await newNamespace(settings)
      const one = k8sStorageOf(settings, { namespace, prefix: 'one' })
      const two = k8sStorageOf(settings, { namespace, prefix: 'two' })
      await one.store('a', sampleRecord('a'))
      expect(await collect(two.list())).toEqual([])
      expect(await two.exists('a')).toBe(false)
    })

    it('one that does not exist, and one that is being deleted, are told', async () => {
      const missing = k8sStorageOf(settings, { namespace: 'nowhere' })
      const error = await failureOf(missing.store('a', sampleRecord('a')))
      expect(error).toMatchObject({ code: 'NOT_FOUND' })
      expect(error.hint).toContain('create namespace nowhere')
      const namespace = await newNamespace(settings)
      await administer(settings, 'DELETE', `/api/v1/namespaces/${namespace}`)
      const leaving = k8sStorageOf(settings, { namespace })
      expect((await failureOf(leaving.store('a', sampleRecord('a')))).message).toContain('being deleted')
    })
  })

  describe('permissions', () => {
    it.each<[string, string[], (storage: ReturnType<typeof k8sStorageOf>) => Promise<unknown>, RegExp]>([
      ['get', ['list', 'watch', 'create', 'update', 'delete'], (storage) => storage.retrieve('a'), /verbs: \[get\]/],
      ['update', ['get', 'list'], (storage) => storage.store('a', sampleRecord('a')), /create, update/],
      ['delete', ['get', 'list'], (storage) => storage.delete('a'), /verbs: \[delete\]/],
      ['list', ['get'], (storage) => collect(storage.list()), /verbs: \[list\]/],
      ['watch', ['list'], async (storage) => storage.watch({})[Symbol.asyncIterator]().next(), /list, watch/],
    ])('without %s the error names the verb and the Role', async (_, verbs, work, hint) => {
      const namespace = await newNamespace(settings)
      await k8sStorageOf(settings, { namespace }).store('a', sampleRecord('a'))
      await grant(settings, namespace, { kind: 'User', name: 'user-1' }, verbs)
      const kubeConfig = kubeConfigOf(settings, { token: userTokens['user-1'] ?? '' })
      const error = await failureOf(work(k8sStorageOf(settings, { namespace, kubeConfig })))
      expect(error).toMatchObject({ code: 'PERMISSION_DENIED' })
      expect(error.hint).toMatch(hint)
      expect(error.hint).toContain(namespace)
    })

    it('the role of the README is enough for everything', async () => {
      const namespace = await newNamespace(settings)
      await grant(settings, namespace, { kind: 'User', name: 'user-2' }, [
        'get',
        'list',
        'watch',
        'create',
        'update',
        'delete',
      ])
      const kubeConfig = kubeConfigOf(settings, { token: userTokens['user-2'] ?? '' })
      const storage = k8sStorageOf(settings, { namespace, kubeConfig })
      const { version } = await storage.store('a', sampleRecord('a'), { ifVersion: null })
      await storage.store('a', sampleRecord('a'), { ifVersion: version })
      await storage.retrieve('a')
      expect(await storage.exists('a')).toBe(true)
      expect(await collect(storage.list())).toHaveLength(1)
      const changes = storage.watch({})[Symbol.asyncIterator]()
      const next = changes.next()
      await storage.delete('a')
      await next
      await changes.return?.()
      expect(await storage.health()).toMatchObject({ status: 'up' })
    })

    it('a token that nobody knows is UNAUTHENTICATED, and stands in no error', async () => {
      const token = 'planted-token-0123456789'
      const storage = k8sStorageOf(settings, { namespace: 'default', kubeConfig: kubeConfigOf(settings, { token }) })
      const error = await failureOf(storage.retrieve('a'))
      expect(error).toMatchObject({ code: 'UNAUTHENTICATED' })
      expect(inspect(error, { depth: 10 }) + JSON.stringify(error)).not.toContain(token)
    })
  })

  describe('limits and pages', () => {
    it('1 MiB: one byte below, exactly, and one above', async () => {
      const storage = k8sStorageOf(settings, { namespace: await newNamespace(settings) })
      for (const length of [maxValueBytes - 1, maxValueBytes]) {
        await storage.store(
          'large',
          sampleRecord('large', { encoding: 'bytes', value: new Uint8Array(length).fill(7) }),
        )
        expect((await storage.retrieve('large')).value).toHaveLength(length)
      }
      const above = sampleRecord('large', { encoding: 'bytes', value: new Uint8Array(maxValueBytes + 1) })
      expect(await failureOf(storage.store('large', above))).toMatchObject({ reason: 'LIMIT_EXCEEDED' })
    })

    it('lists over three pages', async () => {
      const storage = k8sStorageOf(settings, { namespace: await newNamespace(settings) })
      const ids = Array.from({ length: 250 }, (_, index) => `page/${index}`)
      await Promise.all(ids.map((id) => storage.store(id, sampleRecord(id))))
      expect((await collect(storage.list())).map(({ id }) => id).sort()).toEqual(ids.sort())
    })

    it('selects by tags on the server, and exactly here', async () => {
      const storage = k8sStorageOf(settings, { namespace: await newNamespace(settings) })
      await storage.store('a', sampleRecord('a', { tags: { env: 'prod eu' } }))
      await storage.store('b', sampleRecord('b', { tags: { env: 'prod_eu' } }))
      await storage.store('c', sampleRecord('c', { tags: { env: 'test' } }))
      expect((await collect(storage.list({ tags: { env: 'prod eu' } }))).map(({ id }) => id)).toEqual(['a'])
    })
  })

  it('secrets have the labels and annotations that were asked for, and tags as kubectl can select them', async () => {
    const namespace = await newNamespace(settings)
    const storage = k8sStorageOf(settings, {
      namespace,
      prefix: 'orders',
      labels: { 'app.kubernetes.io/part-of': 'shop' },
      annotations: { 'example.com/owner': 'team core, room 5' },
    })
    const tags = { env: 'prod', 'Größe des Büros': `sehr ${'groß '.repeat(40)}` }
    const record = sampleRecord('db/main', { tags })
    await storage.store('db/main', record)
    expect((await storage.retrieve('db/main')).metadata.tags).toEqual(tags)
    const selected = async (selector: string): Promise<readonly unknown[]> => {
      const query = `labelSelector=${encodeURIComponent(selector)}`
      const { items } = await administer(settings, 'GET', `/api/v1/namespaces/${namespace}/secrets?${query}`)
      return Array.isArray(items) ? items : []
    }
    expect(await selected('app.kubernetes.io/part-of=shop,tag.holdfast.dev/env=test')).toEqual([])
    expect(await selected('app.kubernetes.io/part-of=shop,tag.holdfast.dev/env=prod')).toMatchObject([
      {
        metadata: {
          name: createSecretNames('orders').nameOf('db/main'),
          annotations: { 'example.com/owner': 'team core, room 5' },
        },
        data: { value: Buffer.from(record.value).toString('base64') },
      },
    ])
  })

  it('an immutable secret is refused to be changed, and can be deleted', async () => {
    const namespace = await newNamespace(settings)
    const storage = k8sStorageOf(settings, { namespace, immutable: true })
    await storage.store('a', sampleRecord('a'))
    const error = await failureOf(storage.store('a', sampleRecord('a', { value: 'other' })))
    expect(error).toMatchObject({ code: 'PERMISSION_DENIED', reason: 'READ_ONLY' })
    expect(await storage.delete('a')).toEqual({ deleted: true })
  })

  it('a secret of somebody else under a name of ours is listed without metadata, and cannot be read', async () => {
    const namespace = await newNamespace(settings)
    const storage = k8sStorageOf(settings, { namespace })
    await administer(settings, 'POST', `/api/v1/namespaces/${namespace}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: createSecretNames('holdfast').nameOf('foreign'),
        labels: { 'app.kubernetes.io/managed-by': 'holdfast', 'holdfast.dev/store': 'holdfast' },
      },
      stringData: { password: 'planted-foreign' },
    })
    expect(await collect(storage.list())).toEqual([{ id: 'foreign' }])
    const error = await failureOf(storage.retrieve('foreign'))
    expect(error).toMatchObject({ code: 'DATA_LOSS', reason: 'UNREADABLE' })
    expect(inspect(error, { depth: 10 })).not.toContain('planted-foreign')
  })

  describe('the network', () => {
    it('an authority that nobody knows is told, and is not worth a retry', async () => {
      const kubeConfig = kubeConfigOf(settings, { caFile: new URL('../package.json', import.meta.url).pathname })
      const error = await failureOf(k8sStorageOf(settings, { kubeConfig }).retrieve('a'))
      expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: false })
    })

    it('a reset in the middle is UNAVAILABLE, a conditional write that is retried does not conflict with itself', async () => {
      const proxy = await createTcpProxy({ target: settings.KUBERNETES_URL ?? '' })
      const kubeConfig = kubeConfigOf(settings, { url: `https://127.0.0.1:${proxy.port}` })
      const storage = k8sStorageOf(settings, { namespace: await newNamespace(settings), kubeConfig })
      const { version } = await storage.store('a', sampleRecord('a', { value: 'first' }))
      await proxy.setFault({ kind: 'cut', afterBytes: 0 })
      expect(await failureOf(storage.retrieve('a'))).toMatchObject({ code: 'UNAVAILABLE', retryable: true })
      // The write arrives, its answer is lost, and the retry meets the version it made itself.
      await proxy.setFault({ kind: 'pass' })
      await storage.retrieve('a')
      await proxy.script([{ kind: 'cut', afterBytes: 0 }])
      const layered = standard({ retry: { retries: 3, baseDelayMs: 1 } }).layer(credentialStorageOperations)(storage)
      const record = sampleRecord('a', { value: 'second' })
      const stored = await layered.store('a', record, { ifVersion: version })
      const found = await storage.retrieve('a')
      expect([sampleText(found.value), found.version]).toEqual(['second', stored.version])
      await proxy.close()
    })

    it('a watch goes on where it was after its connection broke', async () => {
      const proxy = await createTcpProxy({ target: settings.KUBERNETES_URL ?? '' })
      const namespace = await newNamespace(settings)
      const through = k8sStorageOf(settings, {
        namespace,
        kubeConfig: kubeConfigOf(settings, { url: `https://127.0.0.1:${proxy.port}` }),
      })
      const direct = k8sStorageOf(settings, { namespace })
      const { version } = await direct.store('before', sampleRecord('before'))
      const changes = through.watch({ cursor: version })[Symbol.asyncIterator]()
      const first = changes.next()
      await direct.store('a', sampleRecord('a'))
      expect((await first).value).toMatchObject({ type: 'stored', id: 'a' })
      await proxy.setFault({ kind: 'reset' })
      await direct.store('b', sampleRecord('b'))
      await proxy.setFault({ kind: 'pass' })
      expect((await changes.next()).value).toMatchObject({ type: 'stored', id: 'b' })
      await changes.return?.()
      await proxy.close()
    })
  })

  it('answers 2,000 random operations as a memory storage does', async () => {
    const outcomes = await compareStorages({
      reference: createMemoryStorage({ without: ['versions', 'recover'] }),
      subject: k8sStorageOf(settings, { namespace: await newNamespace(settings) }),
      seed: 20_261_121,
    })
    expect(outcomes['store: done']).toBeGreaterThan(100)
  }, 300_000)
})
