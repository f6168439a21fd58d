import {
  type CallOptions,
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
 * is aborted while it is delayed rejects at once, without its effect if that was still to come, and leaves no timer. A
 * call held back before its effect has not reached `inner` yet, so `close` of `inner` does not wait for it.
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
    const signal = signalOf(operation, parameters)
    const wait = async (): Promise<void> => {
      await startDelay(options, signal).over
      if (signal?.aborted) throw cancellationError(signal, { source: 'slow', operation: operation.name })
    }
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
    stream(operation, run, first, second, third) {
      const items = run(first, second, third)
      if (!isSlow(operation)) return items
      const signal = signalOf(operation, [first, second, third])
      return { [Symbol.asyncIterator]: () => delayFirst(items[Symbol.asyncIterator](), options, signal) }
    },
  })
}

/**
 * Begins to read at once, because a watch has to begin with its first `next()`, and holds the first item back. What an
 * abort does is for the stream to say: a listing rejects, a watch ends. Not a generator, whose `return()` would wait.
 */
const delayFirst = (
  items: AsyncIterator<unknown>,
  options: SlowOptions,
  signal: AbortSignal | undefined,
): AsyncIterator<unknown> => {
  let delay: Delay | undefined
  return {
    async next() {
      if (delay !== undefined) return items.next()
      delay = startDelay(options, signal)
      try {
        const [first] = await Promise.all([items.next(), delay.over])
        return signal?.aborted && first.done !== true ? items.next() : first
      } finally {
        delay.end()
      }
    },
    async return(value: unknown) {
      delay?.end()
      return (await items.return?.(value)) ?? { done: true, value }
    },
  }
}

const signalOf = (operation: NamedOperation, parameters: readonly unknown[]): AbortSignal | undefined => {
  if (operation.kind === 'local' || operation.options === undefined) return undefined
  // The operation table says that call options stand there.
  return (parameters[operation.options] as CallOptions | undefined)?.signal
}

/** A delay that is running. */
interface Delay {
  /** Resolves when it has passed, or was ended, or the signal was aborted. */
  readonly over: Promise<void>
  end(): void
}

const startDelay = ({ delayMs, clock }: SlowOptions, signal: AbortSignal | undefined): Delay => {
  let end = (): void => {}
  const over = new Promise<void>((resolve) => {
    end = () => {
      timer.cancel()
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = clock.setTimer(() => end(), delayMs, { keepAlive: true })
    if (signal?.aborted) end()
    else signal?.addEventListener('abort', end, { once: true })
  })
  return { over, end }
}
