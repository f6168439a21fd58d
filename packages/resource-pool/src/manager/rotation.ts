import { AsyncLocalStorage } from 'node:async_hooks'
import {
  abortable,
  type CallOptions,
  type Clock,
  type Closer,
  createCloser,
  createProblems,
  type EventHub,
  HoldfastError,
  type Logger,
  type Timer,
  type Tracer,
  throwIfAborted,
  toTimestamp,
} from '@holdfast/contracts'
import { currentContext } from '@holdfast/contracts/context'
import type { Pool, PoolEvents, ResourceAdapter } from '@holdfast/contracts/resources'
import type { RunningCall } from '../bounded-call.ts'
import { forgivingLogger } from '../forgiving-logger.ts'
import { deadlineError, interruptedError, source, toHoldfastError } from '../pool-errors.ts'
import {
  areSameVersions,
  type Credentials,
  type CredentialVersions,
  firstExpiry,
  versionsOf,
} from '../read-credentials.ts'
import type { RefreshNeed } from './credential-cache.ts'
import type { CredentialsInUse } from './credentials-in-use.ts'
import type { ManagerEvents } from './manager-events.ts'
import { probeCredentials } from './probe-credentials.ts'
import { type RotationOptions, type RotationSettings, rotationSettings } from './rotation-options.ts'
import type { RotationOutcome } from './rotation-outcome.ts'
import { type Demand, RotationRun } from './rotation-run.ts'

/** What {@link createRotation} works with. */
export interface RotationParts<T> {
  /** Name of the resource, in events, logs, spans and errors. */
  readonly resource: string
  /** Was given `credentials.sources`. */
  readonly pool: Pool<T>
  /** Makes the resource that new credentials are tried with. */
  readonly adapter: ResourceAdapter<T>
  readonly credentials: CredentialsInUse
  readonly options?: RotationOptions | undefined
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly tracer?: Tracer | undefined
  readonly events: EventHub<ManagerEvents>
}

/** Moves a pool to new credentials while it is in use. */
export interface Rotation {
  /** From now on it moves whenever the sources have something new, and looks again when what is in use will expire soon. */
  start(): void
  /**
   * Moves to what the sources have now, also when it looks the same; together with a rotation that is under way, and once more
   * if there was a change in between. Rejects when the old credentials stay in use, after the last attempt.
   */
  rotate(options?: CallOptions): Promise<RotationOutcome>
  /** Versions in use, by the names of the credentials. */
  versions(): Readonly<Record<string, { readonly version: string; readonly expiresAt?: string }>>
  /** Ends what is under way with CLOSED. The pool and the credentials are their owner's to close. */
  close(): Promise<void>
}

/** Makes a {@link Rotation}. Throws INVALID_ARGUMENT with every problem of the options. */
export const createRotation = <T>(parts: RotationParts<T>): Rotation => {
  const problems = createProblems(source, 'createRotation')
  const settings = rotationSettings(problems, parts.options, 'options')
  problems.throwIfAny()
  return new PoolRotation(parts, settings)
}

/** The part of the time until expiry that passes before the source is looked at again. */
const quietShare = 0.75
/** Between two such looks, at least, in milliseconds. */
const shortestLookMs = 1000
/** And when what is in use has expired already. */
const expiredLookMs = 30_000

class PoolRotation<T> implements Rotation {
  readonly #parts: RotationParts<T>
  readonly #settings: RotationSettings
  readonly #closer: Closer
  /** Ends what is under way. */
  readonly #ending = new AbortController()
  readonly #probes = new Set<RunningCall>()
  /** Epochs that were begun here and whose predecessors have not ended. */
  readonly #draining = new Set<number>()
  /** Drains that were told before their epoch was. */
  #early: PoolEvents['epoch.drained'][] | undefined
  readonly #subscriptions: (() => void)[] = []
  // A rotation is not part of the request that made it begin.
  readonly #outside = AsyncLocalStorage.snapshot()
  /** Of the epoch of the pool. */
  #versions: CredentialVersions | undefined
  #run: RotationRun | undefined
  #timer: Timer | undefined
  /** The expiry that the last look was for. */
  #lookedFor: number | undefined

  constructor(parts: RotationParts<T>, settings: RotationSettings) {
    this.#parts = { ...parts, logger: forgivingLogger(parts.logger) }
    this.#settings = settings
    const { pool, clock } = parts
    this.#closer = createCloser({ source, clock })
    this.#subscriptions.push(
      pool.on('resource.created', () => this.#onCreated()),
      pool.on('epoch.drained', (event) => this.#onDrained(event)),
    )
  }

  start(): void {
    this.#closer.throwIfClosed('start')
    this.#subscriptions.push(this.#parts.credentials.onChanged(() => this.#moveInBackground('changed')))
    // What was told between the first read and this moment was told to nobody.
    if (Object.keys(this.#parts.credentials.current()).length > 0) this.#moveInBackground('changed')
    this.#lookLater()
  }

  async rotate({ signal, deadline = Number.POSITIVE_INFINITY }: CallOptions = {}): Promise<RotationOutcome> {
    const { clock, resource } = this.#parts
    const until = Math.min(deadline, currentContext()?.deadline ?? Number.POSITIVE_INFINITY)
    const site = { source, operation: 'rotate' }
    this.#closer.throwIfClosed('rotate')
    throwIfAborted(signal, site)
    const limit = new AbortController()
    const message = 'it goes on, and the old credentials stay in use until it succeeds.'
    const timer =
      until === Number.POSITIVE_INFINITY
        ? undefined
        : clock.setTimer(
            () => limit.abort(deadlineError(resource, 'rotate', message)),
            Math.max(0, until - clock.monotonicNow()),
            { keepAlive: true },
          )
    try {
      return await this.#closer.run('rotate', () => {
        const moved = this.#move({ need: 'fresh', isForced: true })
        return abortable(abortable(moved, signal, site), limit.signal, site)
      })
    } finally {
      timer?.cancel()
    }
  }

  versions(): Readonly<Record<string, { readonly version: string; readonly expiresAt?: string }>> {
    return Object.fromEntries(
      Object.entries(this.#parts.credentials.current()).map(([name, { version, expiresAt }]) => [
        name,
        { version, ...(expiresAt === undefined ? {} : { expiresAt }) },
      ]),
    )
  }

  close(): Promise<void> {
    const closed = this.#closer.close({ deadlineMs: 0 })
    this.#stop()
    return closed
  }

  #stop(): void {
    this.#timer?.cancel()
    for (const unsubscribe of this.#subscriptions) unsubscribe()
    const error = interruptedError(this.#parts.resource, 'rotate')
    this.#ending.abort(error)
    for (const call of [...this.#probes]) call.giveUp(error)
  }

  /** The first resource says which credentials the epoch began with. */
  #onCreated(): void {
    this.#versions ??= versionsOf(this.#parts.credentials.current())
    if (this.#timer === undefined) this.#lookLater()
  }

  #moveInBackground(need: RefreshNeed): void {
    // Told and logged where it fails.
    this.#move({ need, isForced: false }).catch(() => {})
  }

  #move(demand: Demand): Promise<RotationOutcome> {
    if (this.#run !== undefined) return this.#run.join(demand)
    const { clock, random } = this.#parts
    const run = new RotationRun(demand, {
      ...this.#settings,
      clock,
      random,
      signal: this.#ending.signal,
      attempt: (current) => this.#outside(() => this.#attempt(current)),
      onFailed: (error, attempt) => this.#onFailed(error, attempt),
    })
    this.#run = run
    const end = (): void => {
      this.#run = undefined
      this.#lookLater()
    }
    run.outcome.then(end, end)
    return run.outcome
  }

  async #attempt(demand: Demand): Promise<RotationOutcome> {
    const { tracer, resource, adapter } = this.#parts
    const span = tracer?.startSpan('holdfast.resource.rotate', { resource, type: adapter.name })
    try {
      const work = (): Promise<RotationOutcome> => this.#moveOnce(demand)
      const outcome = await (span?.run === undefined ? work() : span.run(work))
      span?.end({ attributes: { epoch: outcome.epoch, changed: outcome.isChanged } })
      return outcome
    } catch (error) {
      const named = toHoldfastError(error, 'rotate', resource)
      span?.end({ code: named.code })
      throw named
    }
  }

  async #moveOnce({ need, isForced }: Demand): Promise<RotationOutcome> {
    const { pool, clock, credentials } = this.#parts
    const startedAt = clock.monotonicNow()
    const candidates = await credentials.read({ need, signal: this.#ending.signal })
    const from = this.#versions ?? versionsOf(credentials.current())
    const isUnused = Object.keys(from).length === 0
    if (!isForced && (isUnused || areSameVersions(from, versionsOf(candidates)))) {
      return { epoch: pool.epoch, from, to: from, isChanged: false }
    }
    const proven = await this.#prove(candidates, need)
    const to = versionsOf(proven)
    this.#closer.throwIfClosed('rotate')
    // Before the epoch: the creates that it begins read what is in use.
    credentials.accept(proven)
    this.#versions = to
    const epoch = this.#advanceEpoch(() => ({ from, to, durationMs: clock.monotonicNow() - startedAt }))
    return { epoch, from, to, isChanged: true }
  }

  /** The credentials that work: these, or if they are refused those that are there by now. */
  async #prove(candidates: Credentials, need: RefreshNeed): Promise<Credentials> {
    try {
      await this.#probe(candidates)
      return candidates
    } catch (error) {
      if (need === 'fresh' || !HoldfastError.is(error, 'UNAUTHENTICATED')) throw error
      const latest = await this.#parts.credentials.read({ need: 'fresh', signal: this.#ending.signal })
      if (areSameVersions(versionsOf(latest), versionsOf(candidates))) throw error
      await this.#probe(latest)
      return latest
    }
  }

  #probe(candidates: Credentials): Promise<void> {
    const { adapter, resource, clock, logger } = this.#parts
    const timeoutMs = this.#settings.probeTimeoutMs
    return probeCredentials(adapter, candidates, { resource, clock, logger, timeoutMs, running: this.#probes })
  }

  #advanceEpoch(describe: () => Pick<ManagerEvents['credentials.rotated'], 'from' | 'to' | 'durationMs'>): number {
    const { pool, resource, logger, events } = this.#parts
    this.#early = []
    try {
      const epoch = pool.advanceEpoch({ maxDrainMs: this.#settings.maxDrainMs })
      this.#draining.add(epoch)
      const moved = describe()
      logger.info({ resource, epoch, ...moved }, 'a resource moved to new credentials')
      events.emit('credentials.rotated', () => ({ ...this.#head(), epoch, ...moved }))
      return epoch
    } finally {
      const early = this.#early
      this.#early = undefined
      for (const event of early) this.#onDrained(event)
    }
  }

  #onDrained(event: PoolEvents['epoch.drained']): void {
    if (this.#early !== undefined) {
      this.#early.push(event)
      return
    }
    const { epoch, drainMs } = event
    if (!this.#draining.delete(epoch)) return
    const { resource, logger, events } = this.#parts
    const forced = event.forced.length
    logger.info({ resource, epoch, drainMs, forced }, 'nothing is left of the old credentials')
    events.emit('rotation.drained', () => ({ ...this.#head(), epoch, drainMs, forced }))
  }

  #onFailed({ code, message }: HoldfastError, attempt: number): void {
    const { resource, logger, events } = this.#parts
    logger.warn(
      { resource, code, attempt },
      'a resource could not be moved to new credentials; the old ones stay in use',
    )
    events.emit('rotation.failed', () => ({ ...this.#head(), code, message, attempt }))
  }

  /** Sees to it that the sources are asked again before what is in use expires. */
  #lookLater(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const { credentials, clock } = this.#parts
    const expiresAt = firstExpiry(credentials.current())
    if (expiresAt === Number.POSITIVE_INFINITY || this.#closer.isClosed) return
    const leftMs = expiresAt - clock.wallNow()
    const delayMs = leftMs > 0 ? Math.max(shortestLookMs, leftMs * quietShare) : expiredLookMs
    this.#timer = clock.setTimer(() => {
      this.#timer = undefined
      // The first look leaves it to the source whether it is time; later ones do not.
      const isRepeated = this.#lookedFor === expiresAt
      this.#lookedFor = expiresAt
      this.#moveInBackground(isRepeated ? 'fresh' : 'renewed')
    }, delayMs)
  }

  #head(): { readonly resource: string; readonly at: string } {
    const { resource, clock } = this.#parts
    return { resource, at: toTimestamp(clock.wallNow()) }
  }
}
