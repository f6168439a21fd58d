import { abortable, type Clock } from '@holdfast/contracts'
import type { LeaseReport } from '@holdfast/contracts/resources'
import { source } from '../pool-errors.ts'
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
  const draining = new Limit(clock, deadlineMs)
  const ending = new Limit(clock, deadlineMs + stopGraceMs)

  const stopOne = async (resource: ManagedResource<unknown>): Promise<void> => {
    const { name, life, lifecycle, registration } = resource
    const { hooks } = registration
    const staysFailed = keepsFailed && lifecycle.state === 'failed'
    if (life === undefined) {
      const isOver = lifecycle.state === 'created' || lifecycle.state === 'stopped' || staysFailed
      if (!isOver) core.enter(resource, 'stopped', causes)
      return
    }
    const step = async <R>(what: string, limit: Limit, work: () => Promise<R> | R): Promise<R | undefined> => {
      try {
        return await limit.bound(work, what)
      } catch (error) {
        const problem = `${what}: ${messageOf(stepError(error, name, what))}`
        remains.problems.push({ name, problem })
        core.settings.logger.warn({ resource: name, step: what, problem }, 'a step of a stop failed')
        return undefined
      }
    }
    if (!staysFailed) core.enter(resource, 'draining', causes)
    core.onStopping(resource)
    const { parts, isUp, isPrepared } = life
    if (isUp && parts !== undefined && hooks?.beforeStop !== undefined) {
      await step('beforeStop', draining, () => hooks.beforeStop?.(parts.base, draining.options))
    }
    if (parts !== undefined) {
      // That leases are still out then is told when they are taken away.
      await draining.bound(() => parts.drain(draining.options), 'drain').catch(() => {})
      const forced = await step('close', ending, () => parts.close())
      if (forced !== undefined && forced.length > 0) {
        remains.forced[name] = forced
        core.hub.emit('leases.forced', () => ({ at: core.at(), resource: name, leases: forced }))
      }
    }
    if (isPrepared && hooks?.afterStop !== undefined) {
      await step('afterStop', ending, () => hooks.afterStop?.(ending.options))
    }
    resource.life = undefined
    if (!staysFailed) core.enter(resource, 'stopped', causes)
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
  draining.end()
  ending.end()
  return remains
}

/** A moment until which steps are waited for. */
class Limit {
  readonly options: { readonly signal: AbortSignal; readonly deadline: number }
  readonly #end: () => void

  constructor(clock: Clock, afterMs: number) {
    const controller = new AbortController()
    const passed = (): void => controller.abort(new DOMException('The stop has to be over.', 'TimeoutError'))
    const timer =
      afterMs === Number.POSITIVE_INFINITY ? undefined : clock.setTimer(passed, afterMs, { keepAlive: true })
    this.options = { signal: controller.signal, deadline: clock.monotonicNow() + afterMs }
    this.#end = () => timer?.cancel()
  }

  /** Begins the work in any case, and waits for it until then. */
  bound<R>(work: () => Promise<R> | R, operation: string): Promise<R> {
    const begun = (async () => work())()
    return abortable(begun, this.options.signal, { source, operation })
  }

  end(): void {
    this.#end()
  }
}
