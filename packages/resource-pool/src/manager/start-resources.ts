import { abortable, cancellationError, type HoldfastError, type Timer, throwIfAborted } from '@holdfast/contracts'
import { source } from '../pool-errors.ts'
import { cascade, settleStarted } from './cascade.ts'
import { clear } from './clear-resource.ts'
import { noCauses } from './lifecycle.ts'
import type { ManagedResource, ResourceLife } from './managed-resource.ts'
import type { ManagerCore } from './manager-core.ts'
import {
  codeFrom,
  dependencyError,
  type FailedStart,
  messageOf,
  type SkippedStart,
  startFailedError,
  startInterruptedError,
  startTimeoutError,
  stepError,
} from './manager-errors.ts'
import type { TransitionCause } from './manager-events.ts'
import { patienceOf, ResourceParts } from './resource-parts.ts'
import { runInOrder } from './run-in-order.ts'
import { StartLimit } from './start-limit.ts'
import { stopResources } from './stop-resources.ts'

/** How resources are started. */
export interface StartOptions {
  readonly signal: AbortSignal
  /** On the monotonic clock; Infinity: whenever. */
  readonly deadline: number
  /** Whether whoever has aborted the signal stops what was started. */
  readonly leavesRollback: () => boolean
}

const site = { source, operation: 'start' }

/**
 * Starts resources, each when those it comes after are up. When one fails without which the whole does not work, nothing
 * more is begun, and what this call has started is stopped again. Rejects with who failed, and who was skipped because of whom.
 */
export const startResources = async (
  core: ManagerCore,
  names: ReadonlySet<string>,
  { signal, deadline, leavesRollback }: StartOptions,
): Promise<void> => {
  const { clock, logger } = core.settings
  const { graph } = core
  const essential = graph.essential(names)
  const todo = new Set([...core.resources(names)].filter(({ life }) => life === undefined).map(({ name }) => name))
  const startedAt = clock.monotonicNow()
  const failed: FailedStart[] = []
  const skipped: SkippedStart[] = []
  const begun = new Set<string>()
  const giveUp = new AbortController()
  /** What ends the start, and whose failure it is; nobody's when the caller or the time has ended it. */
  const ending: Ending = { cause: undefined, name: undefined, isLate: false }

  const end = (error: HoldfastError, name?: string): void => {
    if (ending.cause !== undefined) return
    ending.cause = error
    ending.name = name
    giveUp.abort(error)
  }
  /** One that was interrupted because of others has not failed; one that was too slow has. */
  const isInterruption = (error: HoldfastError): boolean => error === ending.cause && !ending.isLate
  const onAbort = (): void => end(cancellationError(signal, site))
  const onTimeout = (): void => {
    ending.isLate = ending.cause === undefined
    end(startTimeoutError(clock.monotonicNow() - startedAt, whoWaits()))
  }
  const whoWaits = (): readonly string[] =>
    [...core.resources(todo)].flatMap(({ name, lifecycle }) => {
      const waits = run.waitsFor(name)
      if (waits.length > 0) return [`${name} waits for ${waits.join(', ')}`]
      return lifecycle.state === 'starting' ? [`${name} is starting`] : []
    })

  const skip = (resource: ManagedResource<unknown>, because: string, causes: readonly TransitionCause[]): void => {
    skipped.push({ name: resource.name, because })
    core.enter(resource, resource.lifecycle.state === 'created' ? 'stopped' : resource.lifecycle.state, causes)
  }

  const fail = async (resource: ManagedResource<unknown>, error: HoldfastError): Promise<void> => {
    const { name } = resource
    failed.push({ name, error })
    core.enter(resource, 'failed', [{ reason: messageOf(error), code: codeFrom(error) }])
    cascade(core, name)
    if (essential.has(name)) end(error, name)
    else logger.warn({ resource: name, code: error.code }, 'a resource that is only wanted did not start')
    await clear(core, new Set([name]))
  }

  const work = async (name: string): Promise<void> => {
    const resource = core.byName.get(name)
    if (resource === undefined) return
    const blocker = blockerOf(core, name)
    if (blocker !== undefined) {
      skip(resource, blocker.name, blocker.lifecycle.because())
      if (essential.has(name)) end(dependencyError(name, blocker.name), blocker.name)
      return
    }
    if (ending.cause !== undefined) {
      const { name: first } = ending
      if (first !== undefined) skip(resource, first, [{ resource: first, reason: 'did not start' }])
      return
    }
    begun.add(name)
    const patienceMs = essential.has(name) ? Number.POSITIVE_INFINITY : patienceOf(resource.registration)
    const limit = new StartLimit(clock, giveUp.signal, deadline, name, patienceMs)
    try {
      await startResource(core, resource, limit)
    } catch (error) {
      const named = stepError(error, name, 'start')
      if (!isInterruption(named)) await fail(resource, named)
    } finally {
      limit.end()
    }
  }

  if (signal.aborted) throw cancellationError(signal, site)
  signal.addEventListener('abort', onAbort, { once: true })
  const timer: Timer | undefined =
    deadline === Number.POSITIVE_INFINITY
      ? undefined
      : clock.setTimer(onTimeout, Math.max(0, deadline - startedAt), { keepAlive: true })
  const run = runInOrder({ names: todo, before: (name) => graph.parents(name), work })
  core.run = run
  await run.done
  core.run = undefined
  timer?.cancel()
  signal.removeEventListener('abort', onAbort)
  const { cause, name: first } = ending
  if (cause === undefined) return
  const rollback = new Set([...core.resources(begun)].filter(({ life }) => life !== undefined).map(({ name }) => name))
  if (!leavesRollback()) {
    await stopResources(core, rollback, {
      deadlineMs: core.settings.stopDeadlineMs,
      causes: [
        first === undefined
          ? { reason: messageOf(cause), code: cause.code }
          : { resource: first, reason: 'did not start, so the start was undone', code: cause.code },
      ],
    })
  }
  const rolledBack = [...rollback].reverse()
  throw first === undefined
    ? startInterruptedError(cause, { failed, skipped, rolledBack })
    : startFailedError(cause, { failed, skipped, rolledBack })
}

/** Starts one whose parents are up. */
const startResource = async (
  core: ManagerCore,
  resource: ManagedResource<unknown>,
  { signal, deadline }: StartLimit,
): Promise<void> => {
  const { name, registration } = resource
  const { hooks } = registration
  const life: ResourceLife<unknown> = { isPrepared: false, parts: undefined, isUp: false }
  resource.life = life
  core.setStatus(resource, 'up', noCauses)
  core.enter(resource, 'starting', noCauses)
  const options = { signal, deadline }
  const bounded = <R>(work: () => Promise<R> | R): Promise<R> => {
    throwIfAborted(signal, site)
    return abortable((async () => work())(), signal, site)
  }
  await bounded(() => hooks?.beforeStart?.(options))
  life.isPrepared = true
  throwIfAborted(signal, site)
  const parts = new ResourceParts(name, registration, core.settings, core.hub)
  life.parts = parts
  resource.facade?.follow(parts.pool)
  // A little before the end of the whole, so that what the resource itself says is heard.
  const now = core.settings.clock.monotonicNow()
  const inner = deadline - Math.min(lastWordMs, (deadline - now) / 20)
  await bounded(() => parts.start({ signal, deadline: deadline === Number.POSITIVE_INFINITY ? deadline : inner }))
  await bounded(() => hooks?.afterStart?.(parts.base, options))
  throwIfAborted(signal, site)
  life.isUp = true
  settleStarted(core, resource)
  core.onStarted(resource)
}

interface Ending {
  cause: HoldfastError | undefined
  name: string | undefined
  isLate: boolean
}

/** How long before the deadline of a start the pools of its resources give up, in milliseconds. */
const lastWordMs = 100

/** One that this requires and that nobody can use. */
const blockerOf = (core: ManagerCore, name: string): ManagedResource<unknown> | undefined => {
  const { requires, bindsTo } = core.graph.of(name)
  for (const each of core.resources([...requires, ...bindsTo])) if (!each.isUsable) return each
  return undefined
}
