import { abortable, type CallOptions, type HoldfastError, type Timer, throwIfAborted } from '@holdfast/contracts'
import { currentContext } from '@holdfast/contracts/context'
import type { PoolCore } from './pool-core.ts'
import { deadlineError, source } from './pool-errors.ts'
import type { CreateFailure } from './resource-creator.ts'

/** What a look at the pool says: nothing yet, or how it ended. */
export type Look = (failure: CreateFailure | undefined) => 'wait' | 'done' | HoldfastError

/** Resolves when `look` says so, asked now and whenever the pool has changed; rejects at the caller's deadline or signal. */
export const awaitPool = async <T>(
  core: PoolCore<T>,
  operation: 'start' | 'drain',
  { signal, deadline = Number.POSITIVE_INFINITY }: CallOptions,
  look: Look,
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
      const onTimeout = (): void => reject(timeoutError(core, operation))
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

const timeoutError = <T>({ name, stock, leased, waiting }: PoolCore<T>, operation: 'start' | 'drain'): HoldfastError =>
  operation === 'start'
    ? deadlineError(name, operation, `${stock.live} of ${stock.minSize} resources are there.`, stock.creator.lastError)
    : deadlineError(name, operation, `${leased} leases are out and ${waiting} callers wait.`)
