import { abortable, type CallSite, type Clock, type Timer, throwIfAborted } from '@holdfast/contracts'
import type { AdapterFault, AdapterMethod } from './adapter-fault.ts'
import type { AdapterFaultPlan } from './adapter-fault-plan.ts'
import { fakeError } from './fake-error.ts'
import type { FakeResource } from './fake-resource.ts'

/** One call of a fake adapter. */
export interface FakeCall {
  readonly method: AdapterMethod
  /** Which call of this method it is, beginning with 1. */
  readonly call: number
  /** The number of the resource; absent for `create`. */
  readonly resource?: number
  /** What went wrong with it as planned. */
  readonly fault?: AdapterFault
}

/** What is done in a call. */
interface Performed<R> {
  readonly method: AdapterMethod
  readonly resource?: FakeResource
  readonly signal: AbortSignal | undefined
  readonly delayMs: number
  /** Given after how many uses the resource that it makes has to break. */
  readonly work: (breaksAfterUses?: number) => Promise<R> | R
}

/** How calls go. */
interface FakeCallsOptions {
  readonly clock: Clock
  readonly plan: AdapterFaultPlan | undefined
  readonly ignoresAbort: boolean | undefined
}

/** Plays calls: how long they take, when they are given up, and what goes wrong with them. */
export const createFakeCalls = ({ clock, plan, ignoresAbort = false }: FakeCallsOptions) => {
  const calls: FakeCall[] = []
  const counts = new Map<AdapterMethod, number>()

  const wait = async (delayMs: number, signal: AbortSignal | undefined, site: CallSite): Promise<void> => {
    if (delayMs === 0) return
    let timer: Timer | undefined
    const passed = new Promise<void>((resolve) => {
      timer = clock.setTimer(resolve, delayMs, { keepAlive: true })
    })
    try {
      await abortable(passed, signal, site)
    } finally {
      timer?.cancel()
    }
  }

  const play = async <R>(
    { method, resource, signal: given, delayMs, work }: Performed<R>,
    fault: AdapterFault | undefined,
  ): Promise<R> => {
    const site = { source: 'fake-adapter', operation: method }
    const signal = ignoresAbort ? undefined : given
    let breaksAfterUses: number | undefined
    switch (fault?.kind) {
      case 'hang':
        return never()
      case 'silent':
        return abortable(never(), given, site)
      case 'late':
        await abortOf(given)
        await wait(fault.delayMs, undefined, site)
        return work()
      case 'slow':
        await wait(fault.delayMs, signal, site)
        break
      case 'break':
        if (resource === undefined) breaksAfterUses = fault.afterUses ?? 0
        else resource.break()
    }
    throwIfAborted(signal, site)
    await wait(delayMs, signal, site)
    return work(breaksAfterUses)
  }

  /** Rejects as `play` does, or throws, if that was planned. */
  const perform = <R>(performed: Performed<R>): Promise<R> => {
    const { method, resource } = performed
    const call = (counts.get(method) ?? 0) + 1
    counts.set(method, call)
    const fault = plan?.({ operation: method, call })
    calls.push({
      method,
      call,
      ...(resource === undefined ? {} : { resource: resource.number }),
      ...(fault === undefined ? {} : { fault }),
    })
    if (fault?.kind === 'throw') throw errorOf(fault, method, call)
    if (fault?.kind === 'reject') return Promise.reject(errorOf(fault, method, call))
    return play(performed, fault)
  }
  return { calls, perform }
}

const never = (): Promise<never> => new Promise(() => {})

/** Resolves once the signal is aborted. */
const abortOf = (signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) resolve()
    else signal?.addEventListener('abort', () => resolve(), { once: true })
  })

const errorOf = (
  { error = 'UNAVAILABLE' }: Extract<AdapterFault, { readonly kind: 'reject' | 'throw' }>,
  method: AdapterMethod,
  call: number,
): Error =>
  typeof error === 'string' ? fakeError(error, method, `${method} number ${call} failed, as was planned.`) : error
