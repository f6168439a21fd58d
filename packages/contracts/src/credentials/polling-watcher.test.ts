import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { HoldfastError } from '../holdfast-error.ts'
import type { CredentialChange } from './credential-storage.ts'
import { createPollingWatcher, type PolledCredential, type PollingWatcherOptions } from './polling-watcher.ts'

const failure = (code: 'UNAVAILABLE' | 'PERMISSION_DENIED'): HoldfastError =>
  new HoldfastError({ code, source: 'test', operation: 'watch', message: 'It failed.', hint: 'Wait.' })

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }))
afterEach(() => void vi.useRealTimers())

/** The faked time of the system, which the watcher uses. */
const clock = {
  advanceAsync: (byMs: number) => vi.advanceTimersByTimeAsync(byMs),
  wallNow: () => Date.now(),
  get pendingTimers() {
    return vi.getTimerCount()
  },
}

/** A backend that only ever says what is there. */
const createBackend = (options: Partial<PollingWatcherOptions> = {}) => {
  const closing = new AbortController()
  const content = new Map<string, PolledCredential>()
  const failures: unknown[] = []
  const warnings: string[] = []
  let polls = 0
  let isClosed = false
  const watcher = createPollingWatcher({
    async poll(prefix) {
      polls += 1
      const thrown = failures.shift()
      if (thrown !== undefined) throw thrown
      // The question travels: what is stored right after a watch began may be in the answer.
      for (let step = 0; step < 5; step++) await Promise.resolve()
      const credentials = [...content.values()].filter(({ id }) => id.startsWith(prefix))
      // Backends tell whole seconds.
      return { backendNowMs: Math.floor(clock.wallNow() / 1000) * 1000, credentials }
    },
    intervalMs: 1000,
    jitter: 0,
    closing: closing.signal,
    begin() {
      if (isClosed) throw failure('PERMISSION_DENIED')
    },
    logger: { debug() {}, info() {}, error() {}, warn: (_fields, message) => void warnings.push(message) },
    ...options,
  })
  return {
    clock,
    closing,
    failures,
    warnings,
    watcher,
    polls: () => polls,
    close() {
      isClosed = true
      closing.abort()
    },
    store: (id: string, version: string) => content.set(id, { id, version, storedAtMs: clock.wallNow() }),
    remove: (id: string) => content.delete(id),
  }
}

/** Begins a watch and collects what it tells. */
const follow = (changes: AsyncIterableIterator<CredentialChange>) => {
  const seen: CredentialChange[] = []
  let outcome: unknown = 'open'
  const done = (async () => {
    for await (const change of changes) seen.push(change)
  })().then(
    () => {
      outcome = 'ended'
    },
    (error: unknown) => {
      outcome = error
    },
  )
  return {
    done,
    outcome: () => outcome,
    cursor: () => seen.at(-1)?.cursor,
    /** What was told since the last question. */
    told: () =>
      seen
        .splice(0)
        .map(({ type, id, version }) =>
          [type, id, version].filter((part) => part !== undefined && part !== '').join(' '),
        ),
  }
}

it('tells what the next poll finds stored, replaced and deleted, and nothing that was there before', async () => {
  const backend = createBackend()
  backend.store('old', '1')
  await backend.clock.advanceAsync(5000)
  const watch = follow(backend.watcher.watch())
  await backend.clock.advanceAsync(1)
  expect(watch.told()).toEqual([])
  backend.store('new', '1')
  backend.store('old', '2')
  await backend.clock.advanceAsync(1000)
  expect(watch.told().sort()).toEqual(['stored new 1', 'stored old 2'])
  backend.remove('old')
  backend.store('new', '2')
  backend.store('new', '3')
  await backend.clock.advanceAsync(1000)
  expect(watch.told().sort()).toEqual(['deleted old', 'stored new 3'])
})

it('tells what was stored while its first poll was under way, by the clock of the backend', async () => {
  const backend = createBackend()
  backend.store('before', '1')
  await backend.clock.advanceAsync(2000)
  const watch = follow(backend.watcher.watch())
  backend.store('during', '1')
  await backend.clock.advanceAsync(1)
  expect(watch.told()).toEqual(['stored during 1'])
})

it('does not take a write of its own from just before for a change', async () => {
  const backend = createBackend()
  backend.store('mine', '1')
  backend.watcher.noticeWrite('mine', '1')
  backend.store('theirs', '1')
  const watch = follow(backend.watcher.watch())
  await backend.clock.advanceAsync(1)
  // What another process wrote within the same second may be older than the watch or not: it is told.
  expect(watch.told()).toEqual(['stored theirs 1'])
})

it('tells what came and went between two polls when it was its own instance', async () => {
  const backend = createBackend()
  const watch = follow(backend.watcher.watch())
  backend.watcher.noticeWrite('brief', '1')
  backend.watcher.noticeWrite('brief', undefined)
  await backend.clock.advanceAsync(1000)
  expect(watch.told()).toEqual(['deleted brief'])
  backend.watcher.noticeWrite('again', undefined)
  await backend.clock.advanceAsync(1000)
  await backend.clock.advanceAsync(1000)
  expect(watch.told()).toEqual(['deleted again'])
})

it('keeps to its prefix, with one series of polls for all who watch it', async () => {
  const backend = createBackend()
  const watches = [1, 2, 3].map(() => follow(backend.watcher.watch({ prefix: 'db/' })))
  await backend.clock.advanceAsync(1)
  backend.store('db/main', '1')
  backend.store('api/main', '1')
  backend.watcher.noticeWrite('api/gone', undefined)
  await backend.clock.advanceAsync(1000)
  for (const watch of watches) expect(watch.told()).toEqual(['stored db/main 1'])
  expect(backend.polls()).toBe(2)
})

it('goes on at a cursor, also with what happened while nobody watched', async () => {
  const backend = createBackend()
  const first = backend.watcher.watch()
  const pending = first.next()
  await backend.clock.advanceAsync(1)
  backend.store('a', '1')
  await backend.clock.advanceAsync(1000)
  const told = await pending
  await first.return?.()
  const pollsSoFar = backend.polls()
  backend.store('b', '1')
  backend.remove('a')
  await backend.clock.advanceAsync(60_000)
  expect([backend.polls(), backend.clock.pendingTimers]).toEqual([pollsSoFar, 0])

  const fromNow = follow(backend.watcher.watch())
  const resumed = follow(backend.watcher.watch({ cursor: told.value?.cursor }))
  await backend.clock.advanceAsync(1)
  expect(fromNow.told()).toEqual([])
  expect(resumed.told().sort()).toEqual(['deleted a', 'stored b 1'])
})

it('says resynced for a cursor it does not know, once, and goes on from now', async () => {
  const backend = createBackend()
  backend.store('old', '1')
  await backend.clock.advanceAsync(5000)
  const known = follow(backend.watcher.watch())
  await backend.clock.advanceAsync(1)
  backend.store('x', '1')
  await backend.clock.advanceAsync(1000)
  const beyond = known.cursor()?.replace(/\d+$/, '999999')
  for (const cursor of ['no-such-cursor', '', beyond]) {
    const watch = follow(backend.watcher.watch({ cursor }))
    await backend.clock.advanceAsync(1)
    expect(watch.told()).toEqual(['resynced'])
    backend.store('old', `after ${cursor}`)
    await backend.clock.advanceAsync(1000)
    expect(watch.told()).toEqual([`stored old after ${cursor}`])
  }
})

it('repeats a poll that failed for a while, and says so', async () => {
  const backend = createBackend()
  const watch = follow(backend.watcher.watch())
  await backend.clock.advanceAsync(1)
  backend.watcher.noticeWrite('brief', undefined)
  backend.failures.push(failure('UNAVAILABLE'), failure('UNAVAILABLE'))
  backend.store('a', '1')
  await backend.clock.advanceAsync(2000)
  expect([watch.told(), watch.outcome(), backend.warnings.length]).toEqual([[], 'open', 2])
  await backend.clock.advanceAsync(1000)
  expect(watch.told().sort()).toEqual(['deleted brief', 'stored a 1'])
})

it('rejects with any other failure, and a later watch begins anew', async () => {
  const backend = createBackend()
  const watch = follow(backend.watcher.watch())
  await backend.clock.advanceAsync(1)
  backend.failures.push(failure('PERMISSION_DENIED'))
  await backend.clock.advanceAsync(1000)
  expect(watch.outcome()).toMatchObject({ code: 'PERMISSION_DENIED' })
  expect(backend.clock.pendingTimers).toBe(0)

  backend.failures.push(failure('UNAVAILABLE'))
  const opening = follow(backend.watcher.watch())
  await backend.clock.advanceAsync(1)
  expect(opening.outcome()).toMatchObject({ code: 'UNAVAILABLE' })

  const later = follow(backend.watcher.watch())
  backend.store('a', '1')
  await backend.clock.advanceAsync(1)
  expect(later.told()).toEqual(['stored a 1'])
})

it('ends when its signal or the storage does, when it is left, and polls no more', async () => {
  const backend = createBackend()
  const controller = new AbortController()
  const aborted = follow(backend.watcher.watch({ signal: controller.signal }))
  const left = backend.watcher.watch()
  const pending = left.next()
  const closed = follow(backend.watcher.watch())
  await backend.clock.advanceAsync(1)
  controller.abort()
  await left.return?.()
  expect((await pending).done).toBe(true)
  await aborted.done
  expect([aborted.outcome(), closed.outcome()]).toEqual(['ended', 'open'])
  backend.close()
  await closed.done
  expect([closed.outcome(), backend.clock.pendingTimers]).toEqual(['ended', 0])
  await expect(backend.watcher.watch().next()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
  const before = createBackend()
  expect((await before.watcher.watch({ signal: AbortSignal.abort() }).next()).done).toBe(true)
  expect(before.polls()).toBe(0)
})

it('ends at once while its first poll is under way', async () => {
  const controller = new AbortController()
  let pollSignal: AbortSignal | undefined
  const backend = createBackend({
    poll: (_prefix, signal) => {
      pollSignal = signal
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    },
  })
  const watch = follow(backend.watcher.watch({ signal: controller.signal }))
  await backend.clock.advanceAsync(1)
  controller.abort()
  await watch.done
  expect([watch.outcome(), pollSignal?.aborted]).toEqual(['ended', true])
})

it('spreads its polls by the jitter', async () => {
  const draws = [0, 1 - Number.EPSILON, 0.5]
  const backend = createBackend({ jitter: 0.2, random: () => draws.shift() ?? 0.5 })
  follow(backend.watcher.watch())
  await backend.clock.advanceAsync(0)
  const pollsAfter = async (ms: number): Promise<number> => {
    await backend.clock.advanceAsync(ms)
    return backend.polls()
  }
  expect([await pollsAfter(799), await pollsAfter(1)]).toEqual([1, 2])
  expect([await pollsAfter(1199), await pollsAfter(1)]).toEqual([2, 3])
  expect([await pollsAfter(999), await pollsAfter(1)]).toEqual([3, 4])
})

it('tells a reader that fell far behind that it did', async () => {
  const backend = createBackend()
  const slow = backend.watcher.watch()
  const pending = slow.next()
  const fast = follow(backend.watcher.watch())
  await backend.clock.advanceAsync(1)
  backend.store('first', '1')
  await backend.clock.advanceAsync(1000)
  expect((await pending).value?.id).toBe('first')
  for (let index = 0; index < 2500; index++) backend.store(`id/${index}`, '1')
  await backend.clock.advanceAsync(1000)
  expect((await slow.next()).value).toMatchObject({ type: 'resynced' })
  expect(fast.told().length).toBeGreaterThan(0)
})
