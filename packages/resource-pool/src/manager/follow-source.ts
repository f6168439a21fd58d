import { abortable, type Clock, HoldfastError, type Logger } from '@holdfast/contracts'
import type { CredentialSource, SourceChange } from '@holdfast/contracts/credentials'
import { source as packageName } from '../pool-errors.ts'

/** Delay before a watch that has ended is begun again, and the longest, in milliseconds; doubled each time, half of it random. */
const firstDelayMs = 1000
const longestDelayMs = 60_000

/** What {@link followSource} works with. */
export interface FollowSourceOptions {
  /** Of the credential, for the log. */
  readonly name: string
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  /** Ends it. */
  readonly signal: AbortSignal
  onChange(change: SourceChange): void
  /** Told when a watch has begun after another had ended: nobody knows what happened between. */
  onGap(): void
}

/** Follows the changes of a source until the signal is aborted, and begins again whenever its watch ends or fails. Never rejects. */
export const followSource = async (
  watch: NonNullable<CredentialSource['watch']>,
  { name, clock, random, logger, signal, onChange, onGap }: FollowSourceOptions,
): Promise<void> => {
  let failures = 0
  while (!signal.aborted) {
    const startedAt = clock.monotonicNow()
    try {
      for await (const change of readWatch(watch, signal, failures > 0 ? onGap : undefined)) {
        failures = 0
        onChange(change)
      }
    } catch (error) {
      if (!signal.aborted) logger.warn({ credential: name, code: codeOf(error) }, 'a watch of a credential failed')
    }
    // One that went well for long has nothing to do with those before it.
    if (clock.monotonicNow() - startedAt >= longestDelayMs) failures = 0
    const fullMs = Math.min(longestDelayMs, firstDelayMs * 2 ** failures)
    failures += 1
    await pause(clock, fullMs * (0.5 + random() / 2), signal)
  }
}

/** The changes of one watch; ends when the signal is aborted, also if the source does not look at it. */
const readWatch = async function* (
  watch: NonNullable<CredentialSource['watch']>,
  signal: AbortSignal,
  onBegun: (() => void) | undefined,
): AsyncGenerator<SourceChange, void> {
  const site = { source: packageName, operation: 'watch' }
  const iterator = watch({ signal })[Symbol.asyncIterator]()
  let next = iterator.next()
  onBegun?.()
  try {
    for (let result = await abortable(next, signal, site); result.done !== true; ) {
      yield result.value
      next = iterator.next()
      result = await abortable(next, signal, site)
    }
  } finally {
    // Not waited for: it settles when the source does.
    iterator.return?.().catch(() => {})
  }
}

const pause = (clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const finish = (): void => {
      timer.cancel()
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const timer = clock.setTimer(finish, delayMs)
    signal.addEventListener('abort', finish, { once: true })
    if (signal.aborted) finish()
  })

const codeOf = (error: unknown): string => (HoldfastError.is(error) ? error.code : 'UNAVAILABLE')
