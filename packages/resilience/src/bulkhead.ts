import { type Clock, createProblems, HoldfastError, systemClock } from '@holdfast/contracts'
import { type Ancestor, CallAttempt } from './call-attempt.ts'
import { cancellable, siteOf, source, started } from './cancellable.ts'
import { createPolicy, type Execute } from './create-policy.ts'
import { DeadlineWheel, type WheelEntry } from './deadline-wheel.ts'
import { guardOpening } from './guard-opening.ts'
import type { ExecuteOptions, Policy } from './policy.ts'
import { requireClock } from './require-clock.ts'

/** Options of {@link bulkhead}. */
export interface BulkheadOptions {
  /** Calls that run at the same time: at least 1. */
  readonly limit: number
  /** Calls that may wait for a place. Default 0: none, which fails fastest. */
  readonly queue?: number
  /** How long a call may wait, in milliseconds. Default 1000. */
  readonly queueTimeoutMs?: number
  readonly clock?: Clock
}

/** What {@link bulkhead} makes. */
export interface Bulkhead extends Policy {
  readonly running: number
  readonly waiting: number
}

/**
 * Lets a limited number of calls run at the same time and a limited number wait, first come first served. A full queue is
 * RESOURCE_EXHAUSTED with reason LIMIT_EXCEEDED; a wait that is too long is TIMEOUT. A call that is aborted gives its
 * place up at once. A stream holds its place until its first item has come; a watch takes none.
 */
export const bulkhead = ({
  limit,
  queue = 0,
  queueTimeoutMs = 1000,
  clock = systemClock,
}: BulkheadOptions): Bulkhead => {
  const problems = createProblems(source, 'bulkhead')
  problems.require(Number.isInteger(limit) && limit >= 1, 'limit', limit, 'a whole number of at least 1')
  problems.require(Number.isInteger(queue) && queue >= 0, 'queue', queue, 'a whole number of at least 0')
  problems.require(
    Number.isFinite(queueTimeoutMs) && queueTimeoutMs > 0,
    'queueTimeoutMs',
    queueTimeoutMs,
    'more than 0',
  )
  requireClock(problems, clock)
  problems.throwIfAny()
  const wheel = new DeadlineWheel(clock)
  /** In the order they came; a Set forgets one in the middle at no cost. */
  const waiters = new Set<Waiter>()
  let running = 0

  const release = (): void => {
    const [next] = waiters
    if (next === undefined) running -= 1
    else next.admit()
  }

  const wait = <T>(options: ExecuteOptions<T>, parent: Ancestor | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const callDeadline = parent === undefined ? options.deadline : parent.deadline
      const leave = (): boolean => {
        wheel.remove(waiter)
        return waiters.delete(waiter)
      }
      const waiter: Waiter = {
        deadline: Math.min(clock.monotonicNow() + queueTimeoutMs, callDeadline ?? Number.POSITIVE_INFINITY),
        previous: undefined,
        next: undefined,
        slot: -1,
        admit() {
          leave()
          resolve()
        },
        onExpired() {
          leave()
          reject(waitedError(options, running))
        },
      }
      waiters.add(waiter)
      wheel.add(waiter)
      parent?.subscribe({
        nextListener: undefined,
        onEnded(error) {
          if (leave()) reject(error)
        },
      })
    })

  const execute: Execute = async (runnable, options, parent) => {
    if (running < limit) running += 1
    else if (waiters.size >= queue) throw fullError(options, running)
    // The place that the wait ends with is handed over by the call that leaves it.
    else await wait(options, parent)
    let isOver = false
    const leave = (): void => {
      if (isOver) return
      isOver = true
      release()
    }
    parent?.subscribe({ nextListener: undefined, onEnded: leave })
    if (parent?.error !== undefined) throw parent.error
    try {
      return await started(runnable, parent ?? new CallAttempt(options.attempt ?? 1, options.deadline))
    } finally {
      leave()
    }
  }
  const limited = cancellable(execute)
  return {
    ...createPolicy({ execute: limited, openStream: guardOpening(limited) }),
    get running() {
      return running
    },
    get waiting() {
      return waiters.size
    },
  }
}

interface Waiter extends WheelEntry {
  admit(): void
}

const fullError = (options: { readonly operation?: string | undefined }, running: number): HoldfastError =>
  new HoldfastError({
    code: 'RESOURCE_EXHAUSTED',
    reason: 'LIMIT_EXCEEDED',
    ...siteOf(options),
    retryable: true,
    message: `${siteOf(options).operation} was refused, because ${running} calls are running and no more may wait.`,
    hint: 'Call again later, or raise the limit or the queue of the bulkhead.',
    details: { running },
  })

const waitedError = (options: { readonly operation?: string | undefined }, running: number): HoldfastError =>
  new HoldfastError({
    code: 'TIMEOUT',
    reason: 'DEADLINE_EXCEEDED',
    ...siteOf(options),
    message: `${siteOf(options).operation} waited too long for a place in the bulkhead and was not begun.`,
    hint: 'Call again later, or look at what the running calls are waiting for.',
    details: { running },
  })
