import { within } from '../within.ts'
import type { ResourceAdapterSubject } from './resource-adapter-harness.ts'

/** How a call ended. */
export type Outcome<R> = { readonly value: R } | { readonly error: unknown }

/** Answers how a call ended that has just been aborted; rejects when it does not end at once. */
export const settlesAtOnce = <R>(
  call: Promise<R>,
  { promptMs }: Pick<ResourceAdapterSubject<unknown>, 'promptMs'>,
  what: string,
): Promise<Outcome<R>> => {
  const outcome = call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  return within(outcome, promptMs, `${what}, aborted`)
}
