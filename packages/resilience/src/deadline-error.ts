import { HoldfastError } from '@holdfast/contracts'
import { source } from './cancellable.ts'

/** The error of a call that ran out of time, before it began or after. */
export const deadlineError = (
  { operation = 'execute' }: { readonly operation?: string | undefined },
  hasBegun: boolean,
): HoldfastError =>
  new HoldfastError({
    code: 'TIMEOUT',
    reason: 'DEADLINE_EXCEEDED',
    source,
    operation,
    message: hasBegun ? `${operation} was not done at its deadline.` : `${operation} was called after its deadline.`,
    hint: 'Give it more time, or look at what the backend is waiting for.',
    details: hasBegun ? { outcome: 'unknown' } : {},
  })
