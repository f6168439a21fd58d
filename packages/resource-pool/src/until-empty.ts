import type { Clock } from '@holdfast/contracts'

/** What has ended when the last thing in it has. */
export interface Emptying {
  readonly isEmpty: () => boolean
  /** Told whenever something has ended. */
  readonly watchers: Set<() => void>
  readonly clock: Clock
}

/** Resolves when nothing is left. What is still there at the deadline is forced. */
export const untilEmpty = async (
  { isEmpty, watchers, clock }: Emptying,
  deadlineMs: number,
  force: () => void,
): Promise<void> => {
  if (isEmpty()) return
  const empty = Promise.withResolvers<void>()
  const watch = (): void => {
    if (isEmpty()) empty.resolve()
  }
  watchers.add(watch)
  const timer = clock.setTimer(force, deadlineMs, { keepAlive: true })
  await empty.promise
  timer.cancel()
  watchers.delete(watch)
}
