import { withDeadline } from '@holdfast/contracts/context'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { sampleRecord } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { composeResilience } from './compose-resilience.ts'
import { openStorage } from './open-storage.ts'

const retry = { retries: 2, baseDelayMs: 1, jitter: 'none' } as const

describe('the standard stack', () => {
  it('is around remote stores by default, and around others when it is asked for', async () => {
    for (const [provider, wanted, isThere] of [
      ['vault', undefined, true],
      ['k8s', { retry }, true],
      ['aws', false, false],
      ['local', undefined, false],
      ['memory', { retry }, true],
    ] as const) {
      const storage = createMemoryStorage()
      expect((await composeResilience(storage, provider, wanted, undefined)).storage !== storage).toBe(isThere)
    }
  })

  it('retries what fails for a moment, and keeps everything else of the storage', async () => {
    const storage = createMemoryStorage()
    const { storage: layered } = await composeResilience(storage, 'vault', { retry }, undefined)
    await layered.store('a', sampleRecord('a'))
    storage.failNextWith('UNAVAILABLE', { times: 2 })
    expect((await layered.retrieve('a')).metadata.id).toBe('a')
    expect([layered.name, layered.capabilities]).toEqual([storage.name, storage.capabilities])
    await layered.close()
    await expect(storage.exists('a')).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('is an option of openStorage too, whose problems are told with the others', async () => {
    const storage = await openStorage('memory:', { resilience: { timeoutMs: 2000, retry } })
    expect(await storage.exists('a')).toBe(false)
    await storage.close()
    const wrong = { timeoutMs: 1, retry: { retries: 99 } }
    await expect(openStorage({ provider: 'memory', keepVersions: 0 }, { resilience: wrong })).rejects.toMatchObject({
      message: expect.stringMatching(/timeoutMs[\s\S]*keepVersions|keepVersions[\s\S]*timeoutMs/),
    })
    for (const retry of [{ baseDelayMs: 500, maxDelayMs: 100 }, { baseDelayMs: 60_000 }, { maxDelayMs: 100 }]) {
      await expect(openStorage('memory:', { resilience: { retry } })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        details: { problems: [{ path: 'resilience.retry.baseDelayMs', allowed: 'less than maxDelayMs' }] },
      })
    }
  })

  it('keeps the deadline of the context when it is told to, and has one of its own', async () => {
    const storage = createMemoryStorage()
    const { storage: layered } = await composeResilience(storage, 'vault', { propagate: true }, undefined)
    const { storage: plain } = await composeResilience(storage, 'vault', undefined, undefined)
    await withDeadline(-1, async () => {
      await expect(layered.exists('a')).rejects.toMatchObject({ code: 'TIMEOUT', reason: 'DEADLINE_EXCEEDED' })
      expect(await plain.exists('a')).toBe(false)
    })
  })
})
