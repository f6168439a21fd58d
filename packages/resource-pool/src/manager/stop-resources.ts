import { abortable, type Clock } from '@holdfast/contracts'
import type { LeaseReport } from '@holdfast/contracts/resources'
import { source } from '../pool-errors.ts'
import { cascade } from './cascade.ts'
import type { LifecycleState } from './lifecycle-state.ts'
import type { ManagedResource } from './managed-resource.ts'
import type { ManagerCore } from './manager-core.ts'
import { messageOf, stepError } from './manager-errors.ts'
import type { TransitionCause } from './manager-events.ts'
import { runInOrder } from './run-in-order.ts'

/** How resources are stopped. */
export interface StopOptions {
  /** How long leases may stay out, in milliseconds. */
  readonly deadlineMs: number
  readonly causes: readonly TransitionCause[]
  /** Those that have failed stay so: they are only cleared away. */
  readonly keepsFailed?: boolean
}

/** What a stop did not end as it should. */
export interface Remains {
  /** Leases that were taken away, by the names of their resources. */
  readonly forced: Record<string, readonly LeaseReport[]>
  readonly problems: { readonly name: string; readonly problem: string }[]
}

/** Stops resources, each when those that come after it are gone: nobody gets it any more, what is out may come back until the deadline, then it is ended. Never rejects. */
export const stopResources = async (
  core: ManagerCore,
  names: ReadonlySet<string>,
  { deadlineMs, causes, keepsFailed = false }: StopOptions,
): Promise<Remains> => {
  const { clock, stopGraceMs } = core.settings
  const remains: Remains = { forced: {}, problems: [] }
  const draining = new Limit(clock, deadlineMs, 1)
  const ending = new Limit(clock, deadlineMs + stopGraceMs, 0.5)

  /** Those that only want it live on without it. */
  const enter = (resource: ManagedResource<unknown>, to: LifecycleState): void => {
    core.enter(resource, to, causes)
    cascade(core, resource.name)
  }

  const stopOne = async (resource: ManagedResource<unknown>): Promise<void> => {
    const { name, life, lifecycle, registration } = resource
    const { hooks } = registration
    const staysFailed = keepsFailed && lifecycle.state === 'failed'
    if (life === undefined) {
      const isOver = lifecycle.state === 'created' || lifecycle.state === 'stopped' || staysFailed
      if (!isOver) enter(resource, 'stopped')
      return
    }
    const step = async <R>(what: string, limit: Limit, work: LimitedWork<R>): Promise<R | undefined> => {
      try {
        return await limit.bound(what, work)
      } catch (error) {
        const problem = `${what}: ${messageOf(stepError(error, name, what))}`
        remains.problems.push({ name, problem })
        core.settings.logger.warn({ resource: name, step: what, problem }, 'a step of a stop failed')
        return undefined
      }
    }
    if (!staysFailed) enter(resource, 'draining')
    core.onStopping(resource)
    const { parts, isUp, isPrepared } = life
    if (isUp && parts !== undefined && hooks?.beforeStop !== undefined) {
      await step('beforeStop', draining, (options) => hooks.beforeStop?.(parts.base, options))
    }
    if (parts !== undefined) {
      // That leases are still out then is told when they are taken away.
      await draining.bound('drain', (options) => parts.drain(options)).catch(() => {})
      const forced = await step('close', ending, () => parts.close())
      if (forced !== undefined && forced.length > 0) {
        remains.forced[name] = forced
        core.hub.emit('leases.forced', () => ({ at: core.at(), resource: name, leases: forced }))
      }
    }
    if (isPrepared && hooks?.afterStop !== undefined) {
      await step('afterStop', ending, (options) => hooks.afterStop?.(options))
    }
    resource.life = undefined
    if (!staysFailed) enter(resource, 'stopped')
  }

  const run = runInOrder({
    names,
    before: (name) => core.graph.children(name),
    work: async (name) => {
      const resource = core.byName.get(name)
      if (resource !== undefined) await stopOne(resource)
    },
  })
  if (!keepsFailed) core.run = run
  await run.done
  if (core.run === run) core.run = undefined
  return remains
}

type LimitedWork<R> = (options: { readonly signal: AbortSignal; readonly deadline: number }) => Promise<R> | R

/** A moment until which steps are waited for, each for a share of what is left: so that there is something left for those that follow one that hangs. */
class Limit {
  readonly #clock: Clock
  readonly #until: number
  readonly #share: number

  constructor(clock: Clock, afterMs: number, share: number) {
    this.#clock = clock
    this.#until = clock.monotonicNow() + afterMs
    this.#share = share
  }

  /** Begins the work in any case, and waits for it as long as it may take. */
  async bound<R>(operation: string, work: LimitedWork<R>): Promise<R> {
    const now = this.#clock.monotonicNow()
    const limitMs = Math.max(0, this.#until - now) * this.#share
    const controller = new AbortController()
    const passed = (): void => controller.abort(new DOMException('The stop has to be over.', 'TimeoutError'))
    const timer =
      limitMs === Number.POSITIVE_INFINITY ? undefined : this.#clock.setTimer(passed, limitMs, { keepAlive: true })
    try {
      const begun = (async () => work({ signal: controller.signal, deadline: now + limitMs }))()
      return await abortable(begun, controller.signal, { source, operation })
    } finally {
      timer?.cancel()
    }
  }
}
