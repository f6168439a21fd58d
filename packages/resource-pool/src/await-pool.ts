import { abortable, type CallOptions, type HoldfastError, type Timer, throwIfAborted } from '@holdfast/contracts'
import { currentContext } from '@holdfast/contracts/context'
import type { PoolSettings } from './create-pool-options.ts'
import type { PoolCore } from './pool-core.ts'
import { deadlineError, source } from './pool-errors.ts'
import type { CreateFailure } from './resource-creator.ts'

/** What a look at the pool says: nothing yet, or how it ended. */
export type Look = (failure: CreateFailure | undefined) => 'wait' | 'done' | HoldfastError

/** What is waited for. */
export interface AwaitedPool {
  readonly settings: Pick<PoolSettings, 'clock'>
  /** Told whenever it has changed. */
  readonly watchers: Set<(failure?: CreateFailure) => void>
}

/** Resolves when `look` says so, asked now and whenever the pool has changed; rejects at the caller's deadline or signal. */
export const awaitPool = async (
  core: AwaitedPool,
  operation: 'start' | 'drain',
  { signal, deadline = Number.POSITIVE_INFINITY }: CallOptions,
  look: Look,
  timeoutError: () => HoldfastError,
): Promise<void> => {
  const site = { source, operation }
  throwIfAborted(signal, site)
  const until = Math.min(deadline, currentContext()?.deadline ?? Number.POSITIVE_INFINITY)
  const { clock } = core.settings
  let timer: Timer | undefined
  let watch: (failure?: CreateFailure) => void = () => {}
  const settled = new Promise<void>((resolve, reject) => {
    watch = (failure) => {
      const seen = look(failure)
      if (seen === 'done') resolve()
      else if (seen !== 'wait') reject(seen)
    }
    core.watchers.add(watch)
    if (until !== Number.POSITIVE_INFINITY) {
      const onTimeout = (): void => reject(timeoutError())
      timer = clock.setTimer(onTimeout, Math.max(0, until - clock.monotonicNow()), { keepAlive: true })
    }
    watch()
  })
  try {
    await abortable(settled, signal, site)
  } finally {
    timer?.cancel()
    core.watchers.delete(watch)
  }
}

/** The error of a start that was not done in time. */
export const startTimeoutError = <T>({ name, stock }: PoolCore<T>): HoldfastError =>
  deadlineError(name, 'start', `${stock.live} of ${stock.minSize} resources are there.`, stock.creator.lastError)

/** The error of a drain that was not done in time. */
export const drainTimeoutError = ({
  name,
  leased,
  waiting,
}: Pick<PoolCore<unknown>, 'name' | 'leased' | 'waiting'>): HoldfastError =>
  deadlineError(name, 'drain', `${leased} leases are out and ${waiting} callers wait.`)
