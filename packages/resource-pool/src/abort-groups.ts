import type { Waiter } from './waiter.ts'

/** Those who wait with the same signal. */
export interface AbortGroup<T> {
  readonly signal: AbortSignal
  readonly waiters: Set<Waiter<T>>
  readonly onAbort: () => void
}

/**
 * One listener for each signal, however many wait with it: an event target looks through all its listeners each time one is
 * added or removed, which for ten thousand callers of one request takes seconds.
 */
export class AbortGroups<T> {
  readonly #groups = new Map<AbortSignal, AbortGroup<T>>()
  readonly #onAborted: (signal: AbortSignal, waiters: readonly Waiter<T>[]) => void

  /** `onAborted` is told of everybody who waited with a signal; they are not in the group any more. */
  constructor(onAborted: (signal: AbortSignal, waiters: readonly Waiter<T>[]) => void) {
    this.#onAborted = onAborted
  }

  /** Puts the waiter into the group of its signal, and answers it. */
  join(waiter: Waiter<T>, signal: AbortSignal): AbortGroup<T> {
    const group = this.#groups.get(signal) ?? this.#open(signal)
    group.waiters.add(waiter)
    return group
  }

  leave(waiter: Waiter<T>): void {
    const group = waiter.extras?.group
    if (group === undefined) return
    if (group.waiters.delete(waiter) && group.waiters.size === 0) this.#close(group)
  }

  #open(signal: AbortSignal): AbortGroup<T> {
    const group: AbortGroup<T> = {
      signal,
      waiters: new Set(),
      onAbort: () => {
        const waiters = [...group.waiters]
        group.waiters.clear()
        this.#close(group)
        this.#onAborted(signal, waiters)
      },
    }
    this.#groups.set(signal, group)
    signal.addEventListener('abort', group.onAbort, { once: true })
    return group
  }

  #close(group: AbortGroup<T>): void {
    this.#groups.delete(group.signal)
    group.signal.removeEventListener('abort', group.onAbort)
  }
}
