import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel } from 'node:diagnostics_channel'
import { createCacheStore } from '@holdfast/cache'
import { compose, HoldfastError, type Operations, parseScopeId } from '@holdfast/contracts'
import { cacheStoreOperations } from '@holdfast/contracts/cache'
import { runWithContext } from '@holdfast/contracts/context'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { createSecretScanner, sampleRecord } from '@holdfast/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { diagnostics, operationChannelName } from './diagnostics.ts'
import type { OperationMessage } from './operation-message.ts'

type Phase = 'start' | 'end' | 'asyncStart' | 'asyncEnd' | 'error'

// The messages on this channel are OperationMessages.
const channel = tracingChannel<OperationMessage, OperationMessage>(operationChannelName)

const endings: (() => void)[] = []
afterEach(() => {
  for (const ending of endings.splice(0)) ending()
})

const listen = () => {
  const seen: { readonly phase: Phase; readonly message: OperationMessage; readonly copy: OperationMessage }[] = []
  const at = (phase: Phase) => (message: OperationMessage) => void seen.push({ phase, message, copy: { ...message } })
  const subscriber = {
    start: at('start'),
    end: at('end'),
    asyncStart: at('asyncStart'),
    asyncEnd: at('asyncEnd'),
    error: at('error'),
  }
  channel.subscribe(subscriber)
  endings.push(() => channel.unsubscribe(subscriber))
  return seen
}

const observed = () => compose(createMemoryStorage(), diagnostics().layer(credentialStorageOperations))

describe('an operation', () => {
  it('is published from its start to its end, as one message without argument or result', async () => {
    const seen = listen()
    const scanner = createSecretScanner()
    const secret = scanner.plant('value')
    const storage = observed()
    const record = sampleRecord('db/main', { value: new TextEncoder().encode(secret), scope: parseScopeId('org:acme') })
    await runWithContext({ tenant: 'acme' }, () => storage.store('db/main', record))
    await storage.retrieve('db/main')
    const phases = ['start', 'end', 'asyncStart', 'asyncEnd']
    expect(seen.map(({ phase }) => phase)).toEqual([...phases, ...phases])
    expect(new Set(seen.map(({ message }) => message)).size).toBe(2)
    expect(seen[0]?.message).toEqual({
      package: 'storage-memory',
      backend: 'storage-memory',
      operation: 'store',
      kind: 'unary',
      effect: 'write',
      id: 'db/main',
      scope: 'org:acme',
      tenant: 'acme',
    })
    scanner.look('messages', seen)
    scanner.assertNone()
  })

  it('that fails is published with its code, and nothing else of the error', async () => {
    const seen = listen()
    const scanner = createSecretScanner()
    const secret = scanner.plant('token')
    const ours = new HoldfastError({
      code: 'UNAVAILABLE',
      reason: 'CIRCUIT_OPEN',
      source: 'driver',
      operation: 'get',
      message: `No answer to token=${secret}.`,
      hint: secret,
      cause: new Error(secret),
    })
    const errors = [ours, new TypeError(secret), secret]
    const inner = { get: (index: number): Promise<string> => Promise.reject(errors[index]) }
    const table: Operations<typeof inner> = { get: { kind: 'unary', effect: 'read', idempotent: true } }
    const wrapped = diagnostics().layer(table)(inner)
    for (const [index, error] of errors.entries()) await expect(wrapped.get(index)).rejects.toBe(error)
    expect(seen.filter(({ phase }) => phase === 'error').map(({ message }) => message.error)).toEqual([
      { type: 'UNAVAILABLE', code: 'UNAVAILABLE', reason: 'CIRCUIT_OPEN' },
      { type: 'TypeError', code: undefined, reason: undefined },
      { type: '_OTHER', code: undefined, reason: undefined },
    ])
    expect(seen.slice(0, 5).map(({ phase }) => phase)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd'])
    scanner.look('messages', seen)
    scanner.assertNone()
  })

  it('runs in the stores that an agent has bound to the start', async () => {
    const store = new AsyncLocalStorage<string>()
    const { start } = tracingChannel<string, OperationMessage>(operationChannelName)
    start.bindStore(store, ({ operation }) => `in ${operation}`)
    endings.push(() => start.unbindStore(store))
    const seen: unknown[] = []
    const inner = {
      get: async () => seen.push(store.getStore()),
      async *each(): AsyncGenerator<number> {
        for (const item of [1, 2]) {
          seen.push(store.getStore())
          yield item
        }
      },
      use: async (work: () => Promise<void>) => work(),
    }
    const table: Operations<typeof inner> = {
      get: { kind: 'unary', effect: 'read', idempotent: true },
      each: { kind: 'stream', effect: 'read', idempotent: true },
      use: { kind: 'callback', effect: 'write' },
    }
    const wrapped = diagnostics().layer(table)(inner)
    await wrapped.get()
    for await (const _item of wrapped.each()) expect(store.getStore()).toBeUndefined()
    await wrapped.use(async () => void seen.push(store.getStore()))
    expect(seen).toEqual(['in get', 'in each', 'in each', 'in use'])
  })

  it('that is a stream is published from its first step to its end, with the number of items', async () => {
    const storage = observed()
    for (const id of ['a', 'b']) await storage.store(id, sampleRecord(id))
    const seen = listen()
    const stream = storage.list()
    expect(seen).toEqual([])
    for await (const _item of stream);
    for await (const _item of storage.list()) break
    const phases = ['start', 'end', 'asyncStart', 'asyncEnd']
    expect(seen.map(({ phase }) => phase)).toEqual([...phases, ...phases])
    expect(seen.map(({ copy }) => copy.items)).toEqual([undefined, undefined, 2, 2, undefined, undefined, 1, 1])
  })

  it('that is a stream and fails says so', async () => {
    const backend = createMemoryStorage()
    const storage = compose(backend, diagnostics().layer(credentialStorageOperations))
    const seen = listen()
    backend.failNextWith('UNAVAILABLE')
    await expect(storage.list()[Symbol.asyncIterator]().next()).rejects.toThrow(HoldfastError)
    const phases = ['start', 'end', 'error', 'asyncStart', 'asyncEnd']
    expect(seen.map(({ phase }) => phase)).toEqual(phases)
    const cache = compose(createCacheStore({ capacity: 10 }), diagnostics().layer(cacheStoreOperations))
    await cache.close()
    expect(() => cache.invalidations()).toThrow(HoldfastError)
    expect(seen.map(({ phase }) => phase)).toEqual([...phases, ...phases])
  })

  it('keeps keys of a cache out', async () => {
    const seen = listen()
    const cache = compose(createCacheStore({ capacity: 10 }), diagnostics().layer(cacheStoreOperations))
    await cache.get('session:planted-token')
    expect(seen[0]?.message.id).toBeUndefined()
  })
})

it('goes straight through while nobody subscribes', () => {
  const promise = Promise.resolve(1)
  const stream: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: 1 }) }),
  }
  const inner = { get: () => promise, each: () => stream }
  const table: Operations<typeof inner> = {
    get: { kind: 'unary', effect: 'read', idempotent: true },
    each: { kind: 'stream', effect: 'read', idempotent: true },
  }
  const wrapped = diagnostics().layer(table)(inner)
  expect(wrapped.get()).toBe(promise)
  expect(wrapped.each()).toBe(stream)
})

it('refuses options with every problem', () => {
  expect(() => diagnostics({ package: '', backend: '' })).toThrow(/package.*backend/s)
})
