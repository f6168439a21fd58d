import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { type Clock, systemClock } from '../clock.ts'
import { createProblems } from '../problems.ts'
import type { ScopeId } from '../scope-id.ts'

/** What travels with a request through everything it calls. */
export interface HoldfastContext {
  /** When the whole request must be over: a point on the monotonic clock in milliseconds. */
  readonly deadline?: number
  /** On whose behalf the request is made. */
  readonly tenant?: string
  readonly scope?: ScopeId
  readonly trace?: { readonly traceId: string; readonly spanId: string }
}

const storageKey = Symbol.for('holdfast.context.v1')

/**
 * The one piece of global state of Holdfast. Two copies of this package in one process must see the same context, so the
 * storage hangs on `globalThis` under a registered symbol, and whoever comes first creates it.
 */
const storage = (): AsyncLocalStorage<HoldfastContext> => {
  const existing: unknown = Reflect.get(globalThis, storageKey)
  // Only this function writes under the key, and all copies of it write the same class.
  if (existing !== undefined) return existing as AsyncLocalStorage<HoldfastContext>
  const created = new AsyncLocalStorage<HoldfastContext>()
  Object.defineProperty(globalThis, storageKey, { value: created })
  return created
}

const store = storage()

/** The context of the running request, or undefined outside of one. */
export const currentContext = (): HoldfastContext | undefined => store.getStore()

/**
 * Runs `work` with these fields added to the current context. A deadline can only move closer: a child never outlives its
 * parent. Throws INVALID_ARGUMENT for a deadline that is not a number.
 */
export const runWithContext = <T>(context: HoldfastContext, work: () => T): T => {
  const parent = store.getStore()
  const { deadline } = context
  if (Number.isNaN(deadline)) refuseDeadline(deadline)
  if (parent === undefined) return runInside({ ...context }, work)
  const outer = parent.deadline
  const isCloser = outer === undefined || (deadline !== undefined && deadline < outer)
  return runInside(isCloser ? { ...parent, ...context } : { ...parent, ...context, deadline: outer }, work)
}

/**
 * What `AsyncLocalStorage.run` does, for less than half: `run` leaves by building the frame it came from anew, an
 * AsyncResource remembers it. The resource is where `enterWith` stays.
 */
const runInside = <T>(context: HoldfastContext, work: () => T): T =>
  new AsyncResource('holdfast.context').runInAsyncScope(enter<T>, undefined, context, work)

const enter = <T>(context: HoldfastContext, work: () => T): T => {
  store.enterWith(context)
  return work()
}

/** Runs `work` with a deadline `timeoutMs` milliseconds from now, or the current one if that is closer. */
export const withDeadline = <T>(timeoutMs: number, work: () => T, clock: Clock = systemClock): T =>
  runWithContext({ deadline: clock.monotonicNow() + timeoutMs }, work)

const refuseDeadline = (deadline: number | undefined): void => {
  const problems = createProblems('contracts', 'runWithContext')
  problems.require(false, 'deadline', deadline, 'milliseconds on the monotonic clock')
  problems.throwIfAny()
}
