import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import type { ResourceAdapterSubject } from './resource-adapter-harness.ts'

/** How often the other side is asked, in milliseconds. */
const everyMs = 5

/** Waits until no more than so many resources are open, because the other side notices late; rejects when its patience is over. */
export const untilOpen = async <T>(
  { open, patienceMs }: Pick<ResourceAdapterSubject<T>, 'open' | 'patienceMs'>,
  most: number,
  what: string,
): Promise<void> => {
  const until = performance.now() + patienceMs
  let now = await open()
  while (now > most && performance.now() < until) {
    await setTimeout(everyMs)
    now = await open()
  }
  assert.ok(now <= most, `${what}: ${now} open instead of ${most}`)
}
