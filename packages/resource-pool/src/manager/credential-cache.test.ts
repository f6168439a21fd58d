import { inspect } from 'node:util'
import { type ErrorCode, HoldfastError, type LogFields, Secret, toTimestamp } from '@holdfast/contracts'
import { currentContext, runWithContext } from '@holdfast/contracts/context'
import type { CredentialSource, SourceChange, SourceRetrieveOptions } from '@holdfast/contracts/credentials'
import { createFakeClock, type FakeClock, testCredentialSource } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { createVariableCredential } from '../../test/variable-credential.ts'
import { type CredentialCacheOptions, createCredentialCache } from './credential-cache.ts'

testCredentialSource({
  name: 'a credential cache',
  async create() {
    const variable = createVariableCredential()
    const cache = createCredentialCache('database', variable.source)
    return {
      source: cache,
      secrets: variable.secrets,
      replace: async () => variable.replace(),
      remove: async () => variable.remove(),
      cleanup: () => cache.close(),
    }
  },
})

testCredentialSource({
  name: 'a credential cache of a source that cannot be watched',
  async create() {
    const variable = createVariableCredential({ hasWatch: false })
    const cache = createCredentialCache('database', variable.source)
    return {
      source: cache,
      secrets: variable.secrets,
      replace: async () => variable.replace(),
      remove: async () => variable.remove(),
      cleanup: () => cache.close(),
    }
  },
})

const create = (
  options: Parameters<typeof createVariableCredential>[0] = {},
  cacheOptions: CredentialCacheOptions = {},
) => {
  const clock = createFakeClock()
  const variable = createVariableCredential({ clock, ...options })
  const lines: LogFields[] = []
  const write = (fields: LogFields): void => void lines.push(fields)
  const logger = { debug: write, info: write, warn: write, error: write }
  const cache = createCredentialCache('database', variable.source, { clock, logger, random: () => 0, ...cacheOptions })
  return { clock, variable, cache, lines }
}

/** As many versions as there are answers. */
const versions = async (answers: readonly ReturnType<CredentialSource['retrieve']>[]): Promise<ReadonlySet<string>> =>
  new Set((await Promise.all(answers)).map(({ version }) => version))

describe('a credential cache', () => {
  it('asks once for however many ask at the same time, and not again', async () => {
    const { clock, variable, cache } = create({ delayMs: 50 })
    const answers = Array.from({ length: 100 }, () => cache.retrieve())
    await clock.advanceAsync(25)
    answers.push(cache.retrieve())
    await clock.advanceAsync(25)
    expect(await versions(answers)).toEqual(new Set(['1']))
    expect(variable.reads).toEqual(['ordinary'])
    expect((await cache.retrieve()).version).toBe('1')
    expect(variable.reads).toHaveLength(1)
    await cache.close()
  })

  it('asks once past all caches for a crowd that was refused with the same version', async () => {
    const { clock, variable, cache } = create({ delayMs: 50 })
    const first = cache.retrieve()
    await clock.advanceAsync(50)
    await first
    variable.replace({ silently: true })
    const refused = { fresh: true, refusedVersion: '1' }
    const answers = Array.from({ length: 50 }, () => cache.retrieve(refused))
    await clock.advanceAsync(25)
    // They come while it reads, also those who were not refused themselves.
    answers.push(cache.retrieve(refused), cache.retrieve())
    await clock.advanceAsync(25)
    // And when it has read.
    answers.push(cache.retrieve(refused))
    expect(await versions(answers)).toEqual(new Set(['2']))
    expect(variable.reads).toEqual(['ordinary', 'fresh'])
    await cache.close()
  })

  it('reads again for who asks for a fresh one without saying what was refused, each of a moment together', async () => {
    const { clock, variable, cache } = create({ delayMs: 50 })
    const early = [cache.retrieve({ fresh: true }), cache.retrieve({ fresh: true })]
    await clock.advanceAsync(25)
    variable.replace({ silently: true })
    // The read that is under way may have seen the old one.
    const late = [cache.retrieve({ fresh: true }), cache.retrieve({ fresh: true })]
    await clock.advanceAsync(75)
    await versions(early)
    expect(await versions(late)).toEqual(new Set(['2']))
    expect(variable.reads).toEqual(['fresh', 'fresh'])
    await cache.close()
  })

  it('reads anew after a change that it was told of, past the caches of the source if need be', async () => {
    const { clock, variable, cache } = create()
    await cache.retrieve()
    await clock.advanceAsync(0)
    const changes: SourceChange[] = []
    cache.onChanged((change) => changes.push(change))
    variable.replace()
    await clock.advanceAsync(0)
    expect(changes).toEqual([{ version: '2' }])
    expect((await cache.retrieve()).version).toBe('2')
    expect(variable.reads).toEqual(['ordinary', 'ordinary'])
    variable.keepsAnswer = true
    variable.replace()
    await clock.advanceAsync(0)
    expect((await cache.retrieve()).version).toBe('3')
    expect(variable.reads.slice(2)).toEqual(['ordinary', 'fresh'])
    expect(changes).toEqual([{ version: '2' }, { version: '3' }])
    await cache.close()
  })

  it('does not keep what was read before a change', async () => {
    const { clock, variable, cache } = create({ delayMs: 50 })
    const first = cache.retrieve()
    await clock.advanceAsync(50)
    await first
    cache.invalidate()
    const early = cache.retrieve()
    await clock.advanceAsync(10)
    variable.replace()
    await clock.advanceAsync(0)
    const late = cache.retrieve()
    await clock.advanceAsync(200)
    await early
    expect((await late).version).toBe('2')
    expect(cache.current()?.version).toBe('2')
    await cache.close()
  })

  it('tells of another version that a read found although nobody told of it', async () => {
    const { variable, cache } = create({ hasWatch: false })
    const changes: SourceChange[] = []
    cache.onChanged((change) => changes.push(change))
    await cache.retrieve()
    variable.replace()
    expect((await cache.retrieve()).version).toBe('1')
    expect((await cache.retrieve({ fresh: true, refusedVersion: '1' })).version).toBe('2')
    expect(changes).toEqual([{ version: '2' }])
    await cache.close()
  })

  it('asks again when the credential has expired', async () => {
    const { clock, variable, cache } = create({ lifetimeMs: 1000 })
    await cache.retrieve()
    await clock.advanceAsync(999)
    await cache.retrieve()
    expect(variable.reads).toHaveLength(1)
    await clock.advanceAsync(1)
    const { expiresAt } = await cache.retrieve()
    expect(expiresAt).toBe(toTimestamp(clock.wallNow() + 1000))
    expect(variable.reads).toHaveLength(2)
    await cache.close()
  })

  it('follows the source from the first read on, and again after its watch has ended or failed, later each time', async () => {
    const { clock, variable, cache, lines } = create()
    expect(variable.watches).toBe(0)
    await cache.retrieve()
    await clock.advanceAsync(0)
    expect(variable.watches).toBe(1)
    variable.endWatch()
    await clock.advanceAsync(499)
    expect(variable.watches).toBe(1)
    // Nobody told of this one.
    variable.replace()
    await clock.advanceAsync(1)
    expect(variable.watches).toBe(2)
    expect(cache.current()?.version).toBe('2')
    variable.endWatch(new Error('planted-detail'))
    await clock.advanceAsync(999)
    expect(variable.watches).toBe(2)
    await clock.advanceAsync(1)
    expect(variable.watches).toBe(3)
    variable.replace()
    await clock.advanceAsync(0)
    expect((await cache.retrieve()).version).toBe('3')
    expect(lines).toEqual([{ credential: 'database', code: 'UNAVAILABLE' }])
    // A change is a sign of life: the next pause is the first again.
    variable.endWatch()
    await clock.advanceAsync(500)
    expect(variable.watches).toBe(4)
    await cache.close()
    expect(variable.watches).toBe(4)
    expect(clock.pendingTimers).toBe(0)
  })

  describe('while its source is down', () => {
    const fail = (code: ErrorCode): HoldfastError =>
      new HoldfastError({ code, source: 'test', operation: 'retrieve', message: 'No.', hint: 'Wait.' })

    it('gives what is at hand as long as it has not expired', async () => {
      const { clock, variable, cache } = create({ lifetimeMs: 10_000 })
      await cache.retrieve()
      variable.failure = fail('UNAVAILABLE')
      cache.invalidate()
      expect((await cache.retrieve()).version).toBe('1')
      expect(variable.reads).toHaveLength(2)
      await clock.advanceAsync(10_000)
      await expect(cache.retrieve()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      await cache.close()
    })

    it('does not give what somebody was refused with', async () => {
      const { variable, cache } = create()
      await cache.retrieve()
      variable.failure = fail('UNAVAILABLE')
      await expect(cache.retrieve({ fresh: true, refusedVersion: '1' })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      await expect(cache.retrieve()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      variable.failure = undefined
      variable.replace({ silently: true })
      expect((await cache.retrieve()).version).toBe('2')
      await cache.close()
    })

    it('does not hide that the credential is gone, or that it may not be read', async () => {
      const { variable, cache } = create()
      await cache.retrieve()
      cache.invalidate()
      for (const code of ['NOT_FOUND', 'PERMISSION_DENIED'] as const) {
        variable.failure = fail(code)
        await expect(cache.retrieve()).rejects.toMatchObject({ code })
      }
      await cache.close()
    })

    it('says so to who only wants to know what is new', async () => {
      const { variable, cache } = create()
      await cache.retrieve()
      variable.failure = fail('UNAVAILABLE')
      expect((await cache.refresh()).version).toBe('1')
      cache.invalidate()
      for (const need of ['changed', 'renewed', 'fresh'] as const) {
        await expect(cache.refresh({ need })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      }
      // Nobody was refused.
      expect((await cache.retrieve()).version).toBe('1')
      await cache.close()
    })

    it('does not wait for one that does not answer', async () => {
      const { clock, cache } = create({ delayMs: Number.POSITIVE_INFINITY }, { readTimeoutMs: 1000 })
      const answers = [cache.retrieve(), cache.retrieve()].map((answer) =>
        expect(answer).rejects.toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('database') }),
      )
      await clock.advanceAsync(1000)
      await Promise.all(answers)
      await cache.close()
    })
  })

  it('lets one caller leave without the others, and is not bound by the deadline of the first', async () => {
    const contexts: unknown[] = []
    const { clock, variable, cache } = create({ delayMs: 50, onRead: () => contexts.push(currentContext()) })
    const controller = new AbortController()
    const leaving = expect(
      runWithContext({ deadline: 1, tenant: 'acme' }, () => cache.retrieve({ signal: controller.signal })),
    ).rejects.toMatchObject({ code: 'CANCELLED' })
    const staying = cache.retrieve()
    await clock.advanceAsync(10)
    controller.abort()
    await leaving
    await clock.advanceAsync(40)
    expect((await staying).version).toBe('1')
    expect(variable.reads).toHaveLength(1)
    expect(contexts).toEqual([undefined])
    await cache.close()
  })

  it('is closed with what it waits for, and leaves its source alone', async () => {
    const { clock, variable, cache } = create({ delayMs: 50 })
    const waiting = expect(cache.retrieve()).rejects.toMatchObject({ code: 'CLOSED' })
    const fresh = expect(cache.retrieve({ fresh: true })).rejects.toMatchObject({ code: 'CLOSED' })
    const changes = cache.watch?.()[Symbol.asyncIterator]().next()
    await clock.advanceAsync(10)
    await cache.close()
    await waiting
    await fresh
    expect((await changes)?.done).toBe(true)
    await expect(cache.retrieve()).rejects.toMatchObject({ code: 'CLOSED' })
    expect(variable.signals.every(({ aborted }) => aborted)).toBe(true)
    await clock.advanceAsync(50)
    expect(clock.pendingTimers).toBe(0)
  })

  it('shows nothing of the value: not itself, not in what it logs, not in its errors', async () => {
    const clock = createFakeClock()
    const { variable, cache, lines } = create({ clock })
    await cache.retrieve()
    const failing: CredentialSource = {
      retrieve: (_options?: SourceRetrieveOptions) =>
        Promise.reject(
          Object.assign(new Error('password=planted-in-error was refused'), { headers: { token: 'planted-in-error' } }),
        ),
    }
    const other = createCredentialCache('other', failing, { clock: clock satisfies FakeClock })
    const error: unknown = await other.retrieve().catch((reason: unknown) => reason)
    variable.endWatch(new Error('planted-in-error'))
    await clock.advanceAsync(0)
    const shown = [cache, cache.current(), lines, error, JSON.stringify([cache.current(), error, lines])]
    for (const each of shown) {
      const text = inspect(each, { depth: 10, showHidden: true })
      for (const secret of [...variable.secrets, 'planted-in-error']) expect(text).not.toContain(secret)
    }
    expect(error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('other') })
    expect(Secret.is(cache.current()?.value)).toBe(true)
    await Promise.all([cache.close(), other.close()])
  })
})
