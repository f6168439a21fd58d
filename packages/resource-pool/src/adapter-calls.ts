import type { HealthReport } from '@holdfast/contracts'
import { type CallOptions, HoldfastError, type SpanAttributes, toTimestamp } from '@holdfast/contracts'
import type { ResourceAdapter } from '@holdfast/contracts/resources'
import { type BoundedOptions, boundedCall, type RunningCall } from './bounded-call.ts'
import type { PoolSettings } from './create-pool-options.ts'
import { adapterTimeoutError, toHoldfastError } from './pool-errors.ts'
import {
  areSameVersions,
  type Credentials,
  type CredentialVersions,
  firstExpiry,
  readCredentials,
  versionsOf,
} from './read-credentials.ts'
import type { Slot } from './slot.ts'

/** A resource that has just been made. */
export interface Made<T> {
  readonly resource: T
  /** When its credentials expire, in milliseconds since 1970; Infinity when they do not. */
  readonly expiresAt: number
}

/** What a span is called where it is not called like the method: the check of a manager is the one that asks for the health. */
const spanNames: Readonly<Record<string, string>> = { health: 'probe' }

/** Calls the adapter's methods, each within its time and its span. What rejects does so with a HoldfastError. */
export class AdapterCalls<T> {
  readonly #adapter: ResourceAdapter<T>
  readonly #settings: PoolSettings
  readonly #creates = new Set<RunningCall>()
  readonly #others = new Set<RunningCall>()
  readonly #destroys = new Set<RunningCall>()
  /** What was refused last, until something was made again: no cache is asked then. */
  #refused: CredentialVersions | undefined

  constructor(adapter: ResourceAdapter<T>, settings: PoolSettings) {
    this.#adapter = adapter
    this.#settings = settings
  }

  get canValidate(): boolean {
    return this.#adapter.validate !== undefined
  }

  get canReset(): boolean {
    return this.#adapter.reset !== undefined
  }

  /** Asks every create to stop; what it makes all the same is still taken. */
  cancelCreates(reason: HoldfastError): void {
    for (const call of [...this.#creates]) call.cancel(reason)
  }

  /** Ends every call but those of `destroy`, which have their own time. */
  giveUp(error: HoldfastError): void {
    for (const call of [...this.#creates, ...this.#others]) call.giveUp(error)
  }

  /**
   * Makes a resource. When its credentials are refused and others are there by now, it tries those at once, in the time that is
   * left. What comes late goes to `onLate`.
   */
  create(onLate: (resource: T) => void): Promise<Made<T>> {
    const { credentials, createTimeoutMs } = this.#settings
    const hasSources = Object.keys(credentials).length > 0
    const work = (options: BoundedOptions): Promise<Made<T>> =>
      hasSources ? this.#createWithCredentials(options) : this.#createWith({}, options)
    return this.#call('create', createTimeoutMs, {}, work, {
      running: this.#creates,
      onLate: ({ resource }) => onLate(resource),
    })
  }

  async #createWithCredentials(options: BoundedOptions): Promise<Made<T>> {
    const { credentials: sources } = this.#settings
    const refused = this.#refused
    const credentials = await readCredentials(sources, refused, options)
    try {
      return await this.#createWith(credentials, options)
    } catch (error) {
      // What was read past every cache already has no newer one behind it: then it is the delay after failures that helps.
      if (refused !== undefined || !HoldfastError.is(error, 'UNAUTHENTICATED')) throw error
      const latest = await readCredentials(sources, versionsOf(credentials), options)
      if (areSameVersions(versionsOf(latest), versionsOf(credentials))) throw error
      return await this.#createWith(latest, options)
    }
  }

  async #createWith(credentials: Credentials, { signal, deadline }: BoundedOptions): Promise<Made<T>> {
    try {
      const resource = await this.#adapter.create({ signal, deadline, credentials })
      this.#refused = undefined
      return { resource, expiresAt: firstExpiry(credentials) }
    } catch (error) {
      if (HoldfastError.is(error, 'UNAUTHENTICATED')) this.#refused = versionsOf(credentials)
      throw error
    }
  }

  /** Whether the resource still works. Never rejects. */
  async validate(slot: Pick<Slot<T>, 'resource' | 'id'>): Promise<boolean> {
    const { validateTimeoutMs } = this.#settings
    const work = (options: CallOptions): Promise<boolean> =>
      this.#adapter.validate?.(slot.resource, options) ?? Promise.resolve(true)
    try {
      return (await this.#call('validate', validateTimeoutMs, { 'resource.id': slot.id }, work)) === true
    } catch {
      return false
    }
  }

  /** Whether the resource is as good as new. Never rejects. */
  async reset(slot: Slot<T>): Promise<boolean> {
    const { resetTimeoutMs } = this.#settings
    const work = async (options: CallOptions): Promise<void> => this.#adapter.reset?.(slot.resource, options)
    try {
      await this.#call('reset', resetTimeoutMs, { 'resource.id': slot.id }, work)
      return true
    } catch {
      return false
    }
  }

  /** Ends a resource; answers with what went wrong. Never rejects. */
  async destroy(resource: T, id: string): Promise<HoldfastError | undefined> {
    const { destroyTimeoutMs } = this.#settings
    const work = (options: CallOptions): Promise<void> => this.#adapter.destroy(resource, options)
    try {
      await this.#call('destroy', destroyTimeoutMs, { 'resource.id': id }, work, {
        running: this.#destroys,
        keepAlive: true,
      })
      return undefined
    } catch (error) {
      return toHoldfastError(error, 'destroy', this.#settings.name)
    }
  }

  /** Asks the other side how it is doing through one resource. */
  health(resource: T, timeoutMs: number): Promise<HealthReport> {
    return this.#call('health', timeoutMs, {}, (options) => this.#probe(resource, options))
  }

  async #probe(resource: T, options: CallOptions): Promise<HealthReport> {
    const { clock } = this.#settings
    if (this.#adapter.health !== undefined) return this.#adapter.health(resource, options)
    const startedAt = clock.monotonicNow()
    const works = (await this.#adapter.validate?.(resource, options)) ?? true
    return {
      status: works ? 'up' : 'down',
      ...(works ? {} : { reason: 'A resource of the pool was found not to work.' }),
      latencyMs: clock.monotonicNow() - startedAt,
      checkedAt: toTimestamp(clock.wallNow()),
    }
  }

  async #call<R>(
    operation: string,
    timeoutMs: number,
    attributes: SpanAttributes,
    work: (options: BoundedOptions) => Promise<R>,
    bounds: {
      readonly running?: Set<RunningCall>
      readonly onLate?: (result: R) => void
      readonly keepAlive?: boolean
    } = {},
  ): Promise<R> {
    const { clock, tracer, name } = this.#settings
    const span = tracer?.startSpan(`holdfast.resource.${spanNames[operation] ?? operation}`, {
      resource: name,
      type: this.#adapter.name,
      ...attributes,
    })
    try {
      const result = await boundedCall(work, {
        clock,
        timeoutMs,
        timeoutError: () => adapterTimeoutError(operation, name, timeoutMs),
        running: this.#others,
        ...bounds,
      })
      span?.end()
      return result
    } catch (error) {
      const named = toHoldfastError(error, operation, name)
      span?.end({ code: named.code })
      throw named
    }
  }
}
