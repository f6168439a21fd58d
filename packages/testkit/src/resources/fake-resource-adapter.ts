import { type CallOptions, type Clock, type HealthReport, systemClock, toTimestamp } from '@holdfast/contracts'
import type { CreateOptions, ResourceAdapter } from '@holdfast/contracts/resources'
import type { AdapterMethod } from './adapter-fault.ts'
import type { AdapterFaultPlan } from './adapter-fault-plan.ts'
import { createFakeCalls, type FakeCall } from './fake-calls.ts'
import { FakeResource, isLostConnection } from './fake-resource.ts'

/** Options of {@link createFakeResourceAdapter}. Without any, `create` and `destroy` do at once what they are asked. */
export interface FakeResourceAdapterOptions {
  /** Default `fake`. */
  readonly name?: string
  /** Optional methods that it has, beside those whose hooks are given. Default: none. */
  readonly methods?: readonly ('validate' | 'reset' | 'isBroken' | 'health')[]
  /** What it says of itself. Default: nothing. */
  readonly isolatesTenants?: boolean
  /** What goes wrong. Default: nothing. */
  readonly faults?: AdapterFaultPlan
  /** Where time passes. Default: the system's. */
  readonly clock?: Clock
  /** How long each call takes, in milliseconds. Default 0: no time at all. */
  readonly createMs?: number
  readonly validateMs?: number
  readonly resetMs?: number
  readonly destroyMs?: number
  /** Makes it go on when a signal is aborted, as careless adapters do: what is created then comes late. Default false. */
  readonly ignoresAbort?: boolean
  /** Runs in each create, before there is a resource; the number of the create begins with 1. What it throws the create rejects with. */
  readonly onCreate?: (number: number, options: CreateOptions) => Promise<void> | void
  /** What validate says. Default: whether the resource is open. */
  readonly onValidate?: (resource: FakeResource) => Promise<boolean> | boolean
  /** Runs in each reset, after the session was emptied. */
  readonly onReset?: (resource: FakeResource) => Promise<void> | void
  /** Runs in each destroy. */
  readonly onDestroy?: (resource: FakeResource) => Promise<void> | void
  /** Which errors break a resource. Default, if it has the method: that of a fake resource which is broken. */
  readonly isBroken?: (error: unknown) => boolean
}

/** An adapter of resources in memory which keeps count of everything. */
export interface FakeResourceAdapter extends ResourceAdapter<FakeResource> {
  /** Everything that was made, and everything whose destroy was called, in that order. */
  readonly created: readonly FakeResource[]
  readonly destroyed: readonly FakeResource[]
  /** Resources that were made and not destroyed. */
  readonly open: number
  /** Creates that have begun and not ended. */
  readonly creating: number
  readonly validations: number
  /** What each create was given. */
  readonly createOptions: readonly CreateOptions[]
  /** Every call, in the order in which they began. */
  readonly calls: readonly FakeCall[]
  /**
   * What was done that the contract forbids, as sentences: a second destroy, a use or a call after it, two calls at the same
   * time of which the first was not aborted, a call while a user is at work, a resource of another adapter. Empty if all is well.
   */
  readonly violations: readonly string[]
}

/** Makes a {@link FakeResourceAdapter}, to test what uses adapters: a pool, a manager, an application. */
export const createFakeResourceAdapter = (options: FakeResourceAdapterOptions = {}): FakeResourceAdapter => {
  const { name = 'fake', methods = [], clock = systemClock, isolatesTenants } = options
  const { createMs = 0, validateMs = 0, resetMs = 0, destroyMs = 0 } = options
  const created: FakeResource[] = []
  const destroyed: FakeResource[] = []
  const createOptions: CreateOptions[] = []
  const violations: string[] = []
  const { calls, perform } = createFakeCalls({ clock, plan: options.faults, ignoresAbort: options.ignoresAbort })
  const own = new Set<FakeResource>()
  const ended = new Set<FakeResource>()
  let creating = 0
  let validations = 0

  /** A call on a resource, watched. Not asynchronous, because a planned call throws. */
  const on = <R>(
    method: AdapterMethod,
    resource: FakeResource,
    given: CallOptions,
    delayMs: number,
    work: () => Promise<R> | R,
  ): Promise<R> => {
    if (!own.has(resource)) violations.push(`${method} of a resource that is not of this adapter`)
    const leave = resource.enter(method, given.signal)
    try {
      return perform({ method, resource, signal: given.signal, delayMs, work }).finally(leave)
    } catch (error) {
      leave()
      throw error
    }
  }
  const has = (method: 'validate' | 'reset' | 'isBroken' | 'health', hook?: unknown): boolean =>
    hook !== undefined || methods.includes(method)

  return {
    name,
    created,
    destroyed,
    createOptions,
    calls,
    violations,
    get open() {
      return own.size - ended.size
    },
    get creating() {
      return creating
    },
    get validations() {
      return validations
    },
    create(given) {
      const number = createOptions.push(given)
      creating += 1
      const isOver = (): void => {
        creating -= 1
      }
      const work = async (breaksAfterUses?: number): Promise<FakeResource> => {
        await options.onCreate?.(number, given)
        const resource = new FakeResource(number, (violation) => violations.push(violation))
        if (breaksAfterUses !== undefined) resource.break(breaksAfterUses)
        created.push(resource)
        own.add(resource)
        return resource
      }
      try {
        return perform({ method: 'create', signal: given.signal, delayMs: createMs, work }).finally(isOver)
      } catch (error) {
        isOver()
        throw error
      }
    },
    destroy(resource, given) {
      destroyed.push(resource)
      if (own.has(resource)) ended.add(resource)
      return on('destroy', resource, given, destroyMs, () => options.onDestroy?.(resource))
    },
    ...(isolatesTenants === undefined ? {} : { isolatesTenants }),
    ...(has('validate', options.onValidate) && {
      validate(resource: FakeResource, given: CallOptions) {
        validations += 1
        resource.validations += 1
        return on('validate', resource, given, validateMs, () =>
          options.onValidate === undefined ? resource.state === 'open' : options.onValidate(resource),
        )
      },
    }),
    ...(has('reset', options.onReset) && {
      reset(resource: FakeResource, given: CallOptions) {
        resource.resets += 1
        return on('reset', resource, given, resetMs, () => {
          resource.session.clear()
          return options.onReset?.(resource)
        })
      },
    }),
    ...(has('isBroken', options.isBroken) && { isBroken: options.isBroken ?? isLostConnection }),
    ...(has('health') && {
      health: (resource: FakeResource, given: CallOptions) =>
        on('health', resource, given, 0, () => healthOf(resource, clock)),
    }),
  }
}

const healthOf = (resource: FakeResource, clock: Clock): HealthReport => ({
  ...(resource.state === 'open' ? { status: 'up' } : { status: 'down', reason: `The resource is ${resource.state}.` }),
  latencyMs: 0,
  checkedAt: toTimestamp(clock.wallNow()),
})
