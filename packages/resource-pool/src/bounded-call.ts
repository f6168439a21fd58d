import type { CallOptions, Clock, HoldfastError } from '@holdfast/contracts'

/** A call of an adapter that has not ended. */
export interface RunningCall {
  /** Ends it at once for who waits for it. */
  readonly giveUp: (error: unknown) => void
  /** Asks the adapter to stop, and goes on waiting for what it says. */
  readonly cancel: (reason: unknown) => void
}

/** What bounds a call of an adapter. */
export interface Bounds<R> {
  readonly clock: Clock
  readonly timeoutMs: number
  /** The error of a call that is not done in time. */
  readonly timeoutError: () => HoldfastError
  /** Where the call is found while it runs. */
  readonly running: Set<RunningCall>
  /** Given what comes after the call was ended. */
  readonly onLate?: ((result: R) => void) | undefined
  /** Whether the process waits for the call. Default false. */
  readonly keepAlive?: boolean
}

/** What the adapter is given. */
export type BoundedOptions = Required<Pick<CallOptions, 'deadline'>> & { readonly signal: AbortSignal }

/** Calls an adapter so that an answer comes in time whatever it does: hang, reject, throw at once, or answer when nobody waits any more. */
export const boundedCall = <R>(
  work: (options: BoundedOptions) => Promise<R>,
  { clock, timeoutMs, timeoutError, running, onLate, keepAlive = false }: Bounds<R>,
): Promise<R> =>
  new Promise<R>((resolve, reject) => {
    const controller = new AbortController()
    const call: RunningCall = {
      giveUp(error) {
        if (!end()) return
        reject(error)
        controller.abort(error)
      },
      cancel: (reason) => controller.abort(reason),
    }
    /** False when it had ended already. */
    const end = (): boolean => {
      timer?.cancel()
      return running.delete(call)
    }
    const timer =
      timeoutMs === Number.POSITIVE_INFINITY
        ? undefined
        : clock.setTimer(() => call.giveUp(timeoutError()), timeoutMs, { keepAlive })
    running.add(call)
    started(work, { signal: controller.signal, deadline: clock.monotonicNow() + timeoutMs }).then(
      (result) => {
        if (end()) resolve(result)
        else onLate?.(result)
      },
      (error: unknown) => {
        if (end()) reject(error)
      },
    )
  })

/** The promise of a call, also when it throws instead of rejecting or answers without one. */
const started = <R>(work: (options: BoundedOptions) => Promise<R>, options: BoundedOptions): Promise<R> => {
  try {
    return Promise.resolve(work(options))
  } catch (error) {
    return Promise.reject(error)
  }
}
