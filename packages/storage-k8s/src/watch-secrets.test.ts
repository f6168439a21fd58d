import type { CredentialChange } from '@holdfast/contracts/credentials'
import { createFakeClock, sampleRecord, within } from '@holdfast/testkit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { toHoldfastError } from './errors.ts'
import { ApiRefusal, type ApiRequest, type KubernetesApi } from './kubernetes-api.ts'
import { createSecretNames, type SecretObject, toSecretObject } from './secret-object.ts'
import { watchSecrets } from './watch-secrets.ts'

const names = createSecretNames('holdfast')

/** What the API server tells of a secret that was stored. */
const stored = (id: string, resourceVersion: number): unknown => {
  const options = {
    namespace: 'shop',
    prefix: 'holdfast',
    labels: {},
    annotations: {},
    immutable: false,
    inCluster: false,
  }
  // What is sent is of the form that the server answers with.
  const object = toSecretObject(names.nameOf(id), sampleRecord(id), options, undefined) as SecretObject
  return {
    type: 'ADDED',
    object: { ...object, metadata: { ...object.metadata, resourceVersion: `${resourceVersion}` } },
  }
}
const bookmark = (resourceVersion: number): unknown => ({
  type: 'BOOKMARK',
  object: { metadata: { resourceVersion: `${resourceVersion}` } },
})
const problem = (code: number): unknown => ({ type: 'ERROR', object: { kind: 'Status', code, metadata: {} } })

/** One watch of the server: what it tells; then it ends, fails, or goes on for ever. */
type Told = readonly [events: readonly unknown[], end?: Error | 'stays']

/** A watch over an API that lists and tells by script, on a clock that a test moves. */
const startWatch = (script: { readonly lists?: readonly (number | Error)[]; readonly watches: readonly Told[] }) => {
  const clock = createFakeClock()
  const closing = new AbortController()
  const requests: (ApiRequest & { readonly atMs: number })[] = []
  const lists = [...(script.lists ?? [])]
  const watches = [...script.watches]
  const api: KubernetesApi = {
    async call(call) {
      requests.push({ ...call, atMs: clock.monotonicNow() })
      const next = lists.shift() ?? 1
      if (next instanceof Error) throw next
      return { metadata: { resourceVersion: `${next}` }, items: [] }
    },
    async *stream(call) {
      requests.push({ ...call, atMs: clock.monotonicNow() })
      const [events, end] = watches.shift() ?? [[], 'stays']
      yield* events
      if (end instanceof Error) throw end
      if (end === 'stays')
        await new Promise((_, reject) => call.signal.addEventListener('abort', () => reject(call.signal.reason)))
    },
    close() {},
  }
  const changes = watchSecrets({
    api,
    selection: { path: '/secrets', labelSelector: '' },
    names,
    clock,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    closing: closing.signal,
    begin() {},
    toError: (error) => toHoldfastError(error, { operation: 'watch', namespace: 'shop' }),
  })
  return {
    clock,
    requests,
    changes,
    /** The next change, however long the watch waits before it. */
    async next(): Promise<CredentialChange | undefined> {
      let settled = false
      const next = changes.next().finally(() => {
        settled = true
      })
      // Whoever is interested awaits it.
      next.catch(() => {})
      for (let step = 0; step < 100 && !settled; step++) await clock.advanceAsync(1000)
      return (await within(next, 5000, 'a change')).value
    },
    /** When each watch was begun, and from where. */
    begun: () =>
      requests.filter(({ query }) => query?.watch === 'true').map(({ query, atMs }) => [query?.resourceVersion, atMs]),
    end: () => closing.abort(),
  }
}

const refused = Object.assign(new Error('x'), { code: 'ECONNREFUSED', syscall: 'connect' })

afterEach(() => vi.restoreAllMocks())

describe('a watch', () => {
  it('goes on from the last place, also one that a bookmark told, when it has ended in order', async () => {
    const { next, begun, end } = startWatch({
      lists: [10],
      watches: [[[stored('a', 11), bookmark(40)]], [[stored('b', 41)]]],
    })
    expect(await next()).toMatchObject({ type: 'stored', id: 'a', version: '11' })
    expect(await next()).toMatchObject({ type: 'stored', id: 'b', cursor: '41' })
    expect(begun().slice(0, 2)).toEqual([
      ['10', 0],
      ['40', 0],
    ])
    end()
  })

  it.each<[string, Told]>([
    ['in an event', [[stored('a', 11), problem(410)]]],
    ['in its answer', [[stored('a', 11)], new ApiRefusal(410, 'Expired', '')]],
  ])('lists again when the place is forgotten, which is told %s, and goes on from there', async (_, told) => {
    const { next, begun, end } = startWatch({ lists: [10, 90], watches: [told, [[stored('b', 91)], 'stays']] })
    expect(await next()).toMatchObject({ id: 'a' })
    expect(await next()).toEqual({ type: 'resynced', id: '', cursor: '90' })
    expect(await next()).toMatchObject({ id: 'b' })
    expect(begun().map(([from]) => from)).toEqual(['10', '90'])
    end()
  })

  it('lists until the list succeeds, when the server is away at that moment', async () => {
    const { next, requests, end } = startWatch({
      lists: [10, refused, new ApiRefusal(503, '', ''), 90],
      watches: [[[problem(410)]], [[stored('b', 91)], 'stays']],
    })
    expect(await next()).toEqual({ type: 'resynced', id: '', cursor: '90' })
    expect(await next()).toMatchObject({ id: 'b' })
    const lists = requests.filter(({ query }) => query?.watch === undefined).map(({ atMs }) => atMs)
    expect(lists).toHaveLength(4)
    expect(new Set(lists).size).toBe(4)
    end()
  })

  it('takes another error for what it is, and does not say that changes were missed', async () => {
    const { next, begun, end } = startWatch({
      lists: [10],
      watches: [[[stored('a', 11), problem(500)]], [[stored('b', 12)], 'stays']],
    })
    expect(await next()).toMatchObject({ id: 'a' })
    expect(await next()).toMatchObject({ id: 'b' })
    expect(begun().map(([from]) => from)).toEqual(['10', '11'])
    end()
  })

  it.each<[string, Told]>([
    ['ends at once', [[]]],
    ['breaks at once', [[], refused]],
    ['is forgotten at once', [[problem(410)]]],
  ])('waits longer and longer before the next one, up to half a minute, when each %s', async (_, told) => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    const { clock, changes, begun, end } = startWatch({ lists: [10], watches: Array.from({ length: 50 }, () => told) })
    const next = changes.next()
    for (let second = 0; second < 200; second++) await clock.advanceAsync(1000)
    const times = begun().map(([, atMs]) => Number(atMs))
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    expect(pauses.slice(0, 9)).toEqual([200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000])
    end()
    await next
  })

  it('ends with what cannot get better by itself', async () => {
    const { next } = startWatch({ lists: [10], watches: [[[], new ApiRefusal(403, 'Forbidden', '')]] })
    await expect(next()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
  })

  it('keeps nothing for the changes that it has told', async () => {
    const listen = vi.spyOn(AbortSignal.prototype, 'addEventListener')
    const { next, end } = startWatch({
      lists: [10],
      watches: Array.from({ length: 200 }, (_, index): Told => [[stored(`a/${index}`, 11 + index)]]),
    })
    for (let change = 0; change < 20; change++) await next()
    const before = listen.mock.calls.length
    for (let change = 0; change < 150; change++) await next()
    expect(listen.mock.calls.length).toBe(before)
    end()
  })
})
