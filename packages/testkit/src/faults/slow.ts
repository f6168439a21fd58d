import {
  type CallOptions,
  type CallSite,
  type Clock,
  cancellationError,
  intercept,
  type NamedOperation,
  type Operations,
} from '@holdfast/contracts'

/** Options of {@link slow}. */
export interface SlowOptions {
  /** How long each call takes longer, in milliseconds. */
  readonly delayMs: number
  /** Where the time passes. */
  readonly clock: Clock
  /** Whether the delay comes before the effect of a call or between the effect and the answer. Default `before`. */
  readonly when?: 'before' | 'after'
  /** Methods that are slow. Default: all. */
  readonly operations?: readonly string[]
}

/**
 * Wraps an implementation of a contract so that calls take longer; a stream is slow to give its first item. A call that
 * is aborted while it is delayed rejects at once, without its effect if that was still to come, and leaves no timer.
 */
export const slow = <C, T extends C>(inner: T, operations: Operations<C>, options: SlowOptions): T => {
  const { when = 'before', operations: slowOnes } = options
  const isSlow = ({ name }: NamedOperation): boolean => slowOnes === undefined || slowOnes.includes(name)
  const once = async (
    operation: NamedOperation,
    parameters: readonly unknown[],
    run: () => Promise<unknown>,
  ): Promise<unknown> => {
    if (!isSlow(operation)) return run()
    const wait = (): Promise<void> => delay(options, signalOf(operation, parameters), siteOf(operation))
    if (when === 'before') await wait()
    const answer = await run()
    if (when === 'after') await wait()
    return answer
  }
  return intercept(inner, operations, {
    unary: (operation, run, first, second, third) =>
      once(operation, [first, second, third], () => run(first, second, third)),
    callback: (operation, run, first, second, third) =>
      once(operation, [first, second, third], () => run(first, second, third)),
    async *stream(operation, run, first, second, third) {
      if (isSlow(operation)) {
        await delay(options, signalOf(operation, [first, second, third]), siteOf(operation))
      }
      yield* run(first, second, third)
    },
  })
}

const siteOf = ({ name }: NamedOperation): CallSite => ({ source: 'slow', operation: name })

const signalOf = (operation: NamedOperation, parameters: readonly unknown[]): AbortSignal | undefined => {
  if (operation.kind === 'local' || operation.options === undefined) return undefined
  // The operation table says that call options stand there.
  return (parameters[operation.options] as CallOptions | undefined)?.signal
}

const delay = ({ delayMs, clock }: SlowOptions, signal: AbortSignal | undefined, site: CallSite): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(cancellationError(signal, site))
      return
    }
    const onAbort = (): void => {
      timer.cancel()
      // It is only ever called by the signal itself.
      reject(cancellationError(signal as AbortSignal, site))
    }
    const timer = clock.setTimer(
      () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      },
      delayMs,
      { keepAlive: true },
    )
    signal?.addEventListener('abort', onAbort, { once: true })
  })
