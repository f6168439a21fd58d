import { createEventHub, type ErrorCode, HoldfastError, type LogFields, type Logger } from '@holdfast/contracts'
import { runWithContext } from '@holdfast/contracts/context'
import type { ResourceAdapter } from '@holdfast/contracts/resources'
import { createFakeClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { closeNow } from '../../test/close-now.ts'
import { createFakeAdapter, type FakeAdapterOptions, type FakeResource, hangs } from '../../test/fake-adapter.ts'
import { createVariableCredential, type VariableCredentialOptions } from '../../test/variable-credential.ts'
import { createPool } from '../create-pool.ts'
import type { CreatePoolOptions } from '../create-pool-options.ts'
import { createCredentialsInUse } from './credentials-in-use.ts'
import type { ManagerEvents } from './manager-events.ts'
import { createRotation } from './rotation.ts'
import type { RotationOptions } from './rotation-options.ts'

const failure = (code: ErrorCode): HoldfastError =>
  new HoldfastError({ code, source: 'test', operation: 'create', message: 'No.', hint: 'Wait.' })

const fail = (): never => {
  throw new Error('the disk of the log is full')
}
const brokenLogger: Logger = { debug: fail, info: fail, warn: fail, error: fail }

/** A pool of resources that remember the version they were made with, on a server that takes only some versions. */
const create = ({
  options = {},
  pool: poolOptions = {},
  credential: credentialOptions = {},
  adapter: adapterOptions = {},
  logger: givenLogger,
}: {
  readonly logger?: Logger
  readonly options?: RotationOptions
  readonly pool?: CreatePoolOptions
  readonly credential?: VariableCredentialOptions
  readonly adapter?: FakeAdapterOptions
} = {}) => {
  const clock = createFakeClock()
  const password = createVariableCredential({ clock, ...credentialOptions })
  /** The versions that the server takes. */
  const taken = new Set(['1', '2', '3', '4', '5'])
  const tried: (string | undefined)[] = []
  const made = new Map<FakeResource, string | undefined>()
  const inner = createFakeAdapter({ clock, ...adapterOptions })
  const adapter: ResourceAdapter<FakeResource> = {
    ...inner,
    async create(given) {
      const { version } = given.credentials.password ?? {}
      tried.push(version)
      if (!taken.has(version ?? '')) throw failure('UNAUTHENTICATED')
      const resource = await inner.create(given)
      made.set(resource, version)
      return resource
    },
  }
  const lines: LogFields[] = []
  const write = (fields: LogFields): void => void lines.push(fields)
  const logger = givenLogger ?? { debug: write, info: write, warn: write, error: write }
  const spans: unknown[] = []
  const tracer = {
    startSpan: (name: string, attributes: object) => ({
      end: (outcome?: object) => {
        if (name === 'holdfast.resource.rotate') spans.push({ ...attributes, ...outcome })
      },
    }),
  }
  const random = (): number => 0
  const credentials = createCredentialsInUse({ password: password.source }, { clock, logger, random })
  const pool = createPool(adapter, {
    name: 'orders-db',
    clock,
    random,
    logger,
    credentials: credentials.sources,
    ...poolOptions,
  })
  const events = createEventHub<ManagerEvents>(logger)
  const told: Record<string, unknown[]> = {}
  for (const name of ['credentials.rotated', 'rotation.failed', 'rotation.drained'] as const) {
    told[name] = []
    events.on(name, (event) => told[name]?.push(event))
  }
  const rotation = createRotation({
    resource: 'orders-db',
    pool,
    adapter,
    credentials,
    options,
    clock,
    random,
    logger,
    tracer,
    events,
  })
  const close = async (): Promise<void> => {
    await rotation.close()
    await closeNow(pool, clock)
    await credentials.close()
    await clock.advanceAsync(5000)
    expect(inner.destroyed).toHaveLength(inner.created.length)
    expect(clock.pendingTimers).toBe(0)
  }
  return { clock, password, taken, tried, made, inner, pool, credentials, rotation, told, lines, spans, close }
}

describe('a rotation', () => {
  it('tries new credentials before it moves, and leases what was made with them from then on', async () => {
    const { clock, password, pool, made, inner, rotation, told, spans, tried, close } = create({ pool: { maxSize: 3 } })
    rotation.start()
    const old = await pool.acquire()
    ;(await pool.acquire()).release()
    expect(rotation.versions()).toEqual({ password: { version: '1' } })
    password.replace()
    await clock.advanceAsync(0)
    const { resource, instance } = await pool.acquire()
    expect(made.get(resource)).toBe('2')
    expect(instance.epoch).toBe(2)
    expect(old.resource.isAlive).toBe(true)
    // The probe is not one of the pool's.
    expect(tried).toEqual(['1', '1', '2', '2'])
    expect(inner.destroyed).toHaveLength(2)
    expect(rotation.versions()).toEqual({ password: { version: '2' } })
    const head = { resource: 'orders-db', at: expect.any(String), epoch: 2 }
    expect(told['credentials.rotated']).toEqual([
      { ...head, from: { password: '1' }, to: { password: '2' }, durationMs: 0 },
    ])
    expect(told['rotation.drained']).toEqual([])
    await clock.advanceAsync(700)
    old.release()
    await clock.advanceAsync(0)
    expect(told['rotation.drained']).toEqual([{ ...head, drainMs: 700, forced: 0 }])
    expect(told['rotation.failed']).toEqual([])
    expect(spans).toEqual([{ resource: 'orders-db', type: 'fake', attributes: { epoch: 2, changed: true } }])
    await close()
  })

  it('takes leases away that stay out for longer than maxDrainMs, while every lease is out', async () => {
    const { clock, password, pool, made, rotation, told, close } = create({
      options: { maxDrainMs: 1000 },
      pool: { maxSize: 2 },
    })
    rotation.start()
    const refused = [1, 2].map(() => expect(pool.use(hangs)).rejects.toMatchObject({ code: 'CLOSED' }))
    await clock.advanceAsync(0)
    const waiting = pool.acquire()
    password.replace()
    await clock.advanceAsync(999)
    expect(pool.statistics()).toMatchObject({ waiting: 1, leased: 2, epoch: 2 })
    await clock.advanceAsync(1)
    await Promise.all(refused)
    expect(made.get((await waiting).resource)).toBe('2')
    expect(told['rotation.drained']).toMatchObject([{ epoch: 2, drainMs: 1000, forced: 2 }])
    expect(pool.statistics().revocations).toBe(2)
    await close()
  })

  it('keeps the old credentials when the new ones fail, tells of it, and tries again later each time', async () => {
    const { clock, password, pool, made, rotation, taken, told, spans, lines, close } = create({
      options: { attempts: 3 },
    })
    rotation.start()
    const old = await pool.acquire()
    taken.delete('2')
    password.replace()
    await clock.advanceAsync(0)
    expect(told['rotation.failed']).toMatchObject([{ code: 'UNAUTHENTICATED', attempt: 1 }])
    // Also for what is made meanwhile.
    expect(made.get((await pool.acquire()).resource)).toBe('1')
    old.destroy()
    await clock.advanceAsync(499)
    expect(told['rotation.failed']).toHaveLength(1)
    await clock.advanceAsync(1)
    expect(told['rotation.failed']).toHaveLength(2)
    await clock.advanceAsync(1000)
    expect(told['rotation.failed']).toMatchObject([{}, {}, { attempt: 3, message: 'No. Wait.' }])
    // Now the next change is waited for.
    taken.add('2')
    await clock.advanceAsync(3_600_000)
    expect(told['credentials.rotated']).toEqual([])
    expect(spans).toHaveLength(3)
    expect(spans).toContainEqual(expect.objectContaining({ code: 'UNAUTHENTICATED' }))
    expect(lines).toContainEqual({ resource: 'orders-db', code: 'UNAUTHENTICATED', attempt: 3 })
    password.replace()
    await clock.advanceAsync(0)
    expect(told['credentials.rotated']).toMatchObject([{ from: { password: '1' }, to: { password: '3' } }])
    await close()
  })

  it('takes up a change at once that comes while it waits to try again', async () => {
    const { clock, password, pool, rotation, taken, told, close } = create({ options: { retryDelayMs: 50_000 } })
    rotation.start()
    await pool.use(() => {})
    taken.delete('2')
    password.replace()
    await clock.advanceAsync(10)
    expect(told['rotation.failed']).toHaveLength(1)
    password.replace()
    await clock.advanceAsync(0)
    expect(told['credentials.rotated']).toMatchObject([{ to: { password: '3' } }])
    await close()
  })

  it('takes up a change at once that comes while it tries', async () => {
    const { clock, password, pool, rotation, taken, told, close } = create({
      credential: { delayMs: 100 },
      options: { retryDelayMs: 50_000 },
    })
    rotation.start()
    const first = pool.acquire()
    await clock.advanceAsync(100)
    ;(await first).release()
    taken.delete('2')
    password.replace()
    await clock.advanceAsync(50)
    password.replace()
    await clock.advanceAsync(1000)
    expect(told['credentials.rotated']).toMatchObject([{ to: { password: '3' } }])
    await close()
  })

  it('finds what was told before it was started', async () => {
    const { clock, password, pool, rotation, told, close } = create()
    await pool.use(() => {})
    await clock.advanceAsync(0)
    password.replace()
    await clock.advanceAsync(0)
    expect(told['credentials.rotated']).toEqual([])
    rotation.start()
    await clock.advanceAsync(0)
    expect(told['credentials.rotated']).toMatchObject([{ from: { password: '1' }, to: { password: '2' } }])
    await close()
  })

  it('does not take a user for one that works who cannot do what validate asks for', async () => {
    const { clock, password, pool, made, rotation, told, close } = create({
      adapter: { onValidate: ({ number }) => number === 1 },
    })
    rotation.start()
    await pool.use(() => {})
    password.replace()
    await clock.advanceAsync(0)
    expect(told['rotation.failed']).toMatchObject([
      { code: 'UNAVAILABLE', message: expect.stringContaining('orders-db') },
    ])
    expect(await pool.use((resource) => made.get(resource))).toBe('1')
    await close()
  })

  it('does not wait for a probe that hangs, and ends it when it comes all the same', async () => {
    const { clock, password, pool, inner, rotation, told, close } = create({
      options: { probeTimeoutMs: 100, attempts: 1 },
      adapter: {
        onCreate: (number) => (number === 2 ? new Promise((resolve) => void clock.setTimer(resolve, 300)) : undefined),
      },
    })
    rotation.start()
    await pool.use(() => {})
    password.replace()
    await clock.advanceAsync(100)
    expect(told['rotation.failed']).toMatchObject([{ code: 'TIMEOUT' }])
    await clock.advanceAsync(200)
    expect(inner.created).toHaveLength(2)
    expect(inner.destroyed).toHaveLength(1)
    await close()
  })

  it('moves when a refused create has found another version that nobody told of', async () => {
    const { clock, password, pool, made, rotation, taken, told, tried, close } = create({
      credential: { hasWatch: false },
    })
    rotation.start()
    const old = await pool.acquire()
    taken.delete('1')
    password.replace()
    expect(made.get((await pool.acquire()).resource)).toBe('2')
    await clock.advanceAsync(0)
    expect(told['credentials.rotated']).toMatchObject([{ from: { password: '1' }, to: { password: '2' } }])
    expect(old.resource.isAlive).toBe(true)
    expect(tried.slice(0, 4)).toEqual(['1', '1', '2', '2'])
    await close()
  })

  it('looks for other credentials before those in use expire, and lends none that have expired', async () => {
    const { clock, password, pool, made, rotation, told, close } = create({
      credential: { lifetimeMs: 100_000, hasWatch: false },
      pool: { idleTimeoutMs: Number.POSITIVE_INFINITY, maxLifetimeMs: Number.POSITIVE_INFINITY },
    })
    rotation.start()
    const held = await pool.acquire()
    await pool.use(() => {}, {})
    password.replace()
    await clock.advanceAsync(74_999)
    expect(told['credentials.rotated']).toEqual([])
    await clock.advanceAsync(1)
    expect(told['credentials.rotated']).toMatchObject([{ from: { password: '1' }, to: { password: '2' } }])
    expect(password.reads.at(-1)).toBe('fresh')
    expect(await pool.use((resource) => made.get(resource))).toBe('2')
    expect(held.resource.isAlive).toBe(true)
    await close()
  })

  it('leaves a lease alone whose credentials expire, and lends its resource to nobody after it', async () => {
    const { clock, password, pool, inner, close } = create({ credential: { lifetimeMs: 1000 } })
    const held = await pool.acquire()
    await clock.advanceAsync(5000)
    expect(held.resource.isAlive).toBe(true)
    password.replace({ silently: true })
    held.release()
    expect((await pool.acquire()).resource.number).toBe(2)
    expect(inner.destroyed.map(({ number }) => number)).toEqual([1])
    expect(pool.statistics().destroys.lifetime).toBe(1)
    await close()
  })

  it('renews what lives longer by now without moving', async () => {
    const { clock, password, pool, rotation, told, inner, close } = create({ credential: { lifetimeMs: 100_000 } })
    rotation.start()
    await pool.use(() => {})
    await clock.advanceAsync(75_000)
    expect(password.reads).toEqual(['ordinary', 'ordinary'])
    expect(told['credentials.rotated']).toEqual([])
    expect(rotation.versions().password?.expiresAt).toBe(new Date(clock.wallNow() + 100_000).toISOString())
    expect(inner.created).toHaveLength(1)
    await close()
  })

  describe('by hand', () => {
    it('moves although the versions are the same, and says so', async () => {
      const { clock, password, pool, rotation, close } = create()
      await pool.use(() => {})
      expect(await rotation.rotate()).toEqual({
        epoch: 2,
        from: { password: '1' },
        to: { password: '1' },
        isChanged: true,
      })
      expect(password.reads).toEqual(['ordinary', 'fresh'])
      password.replace({ silently: true })
      expect(await rotation.rotate()).toMatchObject({ epoch: 3, to: { password: '2' } })
      await clock.advanceAsync(0)
      await close()
    })

    it('joins one that is under way, and goes once more if there was a change in between', async () => {
      const { clock, password, pool, rotation, told, close } = create({ adapter: { createMs: 100 } })
      rotation.start()
      const first = pool.acquire()
      await clock.advanceAsync(100)
      ;(await first).release()
      const both = [rotation.rotate(), rotation.rotate()]
      await clock.advanceAsync(50)
      both.push(rotation.rotate())
      await clock.advanceAsync(60)
      expect((await Promise.all(both)).map(({ epoch }) => epoch)).toEqual([2, 2, 2])
      const early = rotation.rotate()
      await clock.advanceAsync(50)
      password.replace()
      const late = rotation.rotate()
      await clock.advanceAsync(200)
      expect(await early).toEqual({ epoch: 4, from: { password: '1' }, to: { password: '2' }, isChanged: true })
      expect(await late).toEqual(await early)
      expect(told['credentials.rotated']).toMatchObject([
        { epoch: 2 },
        { epoch: 3, to: { password: '1' } },
        { epoch: 4 },
      ])
      await close()
    })

    it('rejects when the old ones stay in use, after the last attempt', async () => {
      const { clock, password, pool, rotation, taken, close } = create({ options: { attempts: 2 } })
      await pool.use(() => {})
      taken.delete('2')
      password.replace()
      const rejected = expect(rotation.rotate()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
      await clock.advanceAsync(500)
      await rejected
      expect(pool.epoch).toBe(1)
      await close()
    })

    it('is left by its caller at the deadline or signal, and goes on', async () => {
      const { clock, password, pool, rotation, told, close } = create({ adapter: { createMs: 100 } })
      const first = pool.acquire()
      await clock.advanceAsync(100)
      ;(await first).release()
      password.replace()
      const controller = new AbortController()
      const left = [
        expect(rotation.rotate({ deadline: clock.monotonicNow() + 50 })).rejects.toMatchObject({ code: 'TIMEOUT' }),
        expect(runWithContext({ deadline: clock.monotonicNow() + 50 }, () => rotation.rotate())).rejects.toMatchObject({
          code: 'TIMEOUT',
        }),
        expect(rotation.rotate({ signal: controller.signal })).rejects.toMatchObject({ code: 'CANCELLED' }),
        expect(rotation.rotate({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' }),
      ]
      await clock.advanceAsync(20)
      controller.abort()
      await clock.advanceAsync(30)
      await Promise.all(left)
      await clock.advanceAsync(50)
      expect(told['credentials.rotated']).toMatchObject([{ to: { password: '2' } }])
      await close()
    })

    it('works on a pool that nobody has used, and on a source that is down says so', async () => {
      const { clock, password, pool, rotation, told, close } = create({ options: { attempts: 2 } })
      rotation.start()
      expect(await rotation.rotate()).toMatchObject({ epoch: 2, from: {}, to: { password: '1' } })
      await pool.use(() => {})
      password.failure = failure('UNAVAILABLE')
      const rejected = expect(rotation.rotate()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      await clock.advanceAsync(500)
      await rejected
      expect(told['rotation.failed']).toHaveLength(2)
      // Nobody was refused with what is in use.
      pool.retain(() => false)
      expect((await pool.acquire()).resource).toBeDefined()
      await close()
    })
  })

  it('waits for a source that told of a change and is down', async () => {
    const { clock, password, pool, rotation, told, close } = create()
    rotation.start()
    await pool.use(() => {})
    password.failure = failure('UNAVAILABLE')
    password.replace()
    await clock.advanceAsync(400)
    expect(told['rotation.failed']).toMatchObject([{ code: 'UNAVAILABLE' }])
    password.failure = undefined
    await clock.advanceAsync(100)
    expect(told['credentials.rotated']).toMatchObject([{ to: { password: '2' } }])
    await close()
  })

  it('does not use what was being made with the old credentials', async () => {
    const { clock, password, pool, made, inner, rotation, close } = create({
      adapter: {
        onCreate: (number) => (number === 2 ? new Promise((resolve) => void clock.setTimer(resolve, 3000)) : undefined),
      },
    })
    rotation.start()
    await pool.acquire()
    const waiting = pool.acquire()
    await clock.advanceAsync(10)
    password.replace()
    await clock.advanceAsync(0)
    expect(made.get((await waiting).resource)).toBe('2')
    await clock.advanceAsync(3000)
    expect(inner.destroyed.some((resource) => made.get(resource) === '1')).toBe(true)
    await close()
  })

  it('is ended with CLOSED when it is closed, in whatever it does', async () => {
    for (const credential of [{ delayMs: 1000 }, {}]) {
      const { clock, pool, inner, rotation, close } = create({ credential, adapter: { createMs: 1000 } })
      const first = pool.acquire()
      await clock.advanceAsync(2000)
      ;(await first).release()
      const rejected = expect(rotation.rotate()).rejects.toMatchObject({ code: 'CLOSED', operation: 'rotate' })
      await clock.advanceAsync(500)
      await rotation.close()
      await rejected
      await expect(rotation.rotate()).rejects.toMatchObject({ code: 'CLOSED' })
      expect(() => rotation.start()).toThrow(expect.objectContaining({ code: 'CLOSED' }))
      await clock.advanceAsync(1000)
      expect(pool.epoch).toBe(1)
      expect(inner.created.length - inner.destroyed.length).toBe(1)
      await close()
    }
  })

  it('rejects when its pool is closed meanwhile', async () => {
    const { clock, password, pool, rotation, told, close } = create({ adapter: { createMs: 100 } })
    const first = pool.acquire()
    await clock.advanceAsync(100)
    ;(await first).release()
    password.replace()
    const rejected = expect(rotation.rotate()).rejects.toMatchObject({ code: 'CLOSED' })
    await clock.advanceAsync(50)
    await closeNow(pool, clock)
    await clock.advanceAsync(50)
    await rejected
    expect(told['rotation.failed']).toEqual([])
    await close()
  })

  it('refuses options that are none, all at once', () => {
    expect(() =>
      create({ options: { maxDrainMs: -1, probeTimeoutMs: 0, attempts: 1.5, retryDelayMs: Number.NaN } }),
    ).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        details: {
          problems: ['maxDrainMs', 'probeTimeoutMs', 'attempts', 'retryDelayMs'].map((name) =>
            expect.objectContaining({ path: `options.${name}` }),
          ),
        },
      }),
    )
  })

  it('is not broken by a logger that throws', async () => {
    const { clock, password, pool, rotation, taken, told, close } = create({
      options: { maxDrainMs: 1000 },
      logger: brokenLogger,
    })
    rotation.start()
    const held = await pool.acquire()
    await clock.advanceAsync(0)
    password.endWatch(new Error('gone'))
    taken.delete('2')
    password.replace({ silently: true })
    await clock.advanceAsync(1000)
    password.replace()
    await clock.advanceAsync(1000)
    expect(told['credentials.rotated']).toMatchObject([{ to: { password: '3' } }])
    expect(told['rotation.drained']).toMatchObject([{ forced: 1 }])
    expect(() => held.resource).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    await close()
  })

  it('shows no value in what it tells, logs and traces', async () => {
    const { clock, password, pool, rotation, taken, told, lines, spans, close } = create()
    rotation.start()
    await pool.use(() => {})
    taken.delete('2')
    password.replace()
    await clock.advanceAsync(2000)
    password.replace()
    await clock.advanceAsync(0)
    const shown = JSON.stringify([told, lines, spans, rotation.versions()])
    expect(told['credentials.rotated']).toHaveLength(1)
    for (const secret of password.secrets) expect(shown).not.toContain(secret)
    await close()
  })
})
