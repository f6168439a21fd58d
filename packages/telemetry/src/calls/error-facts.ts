import { type ErrorCode, HoldfastError, redactText, toSafeCause } from '@holdfast/contracts'

/** What may be told of an error: its code, what narrows it, and for a Holdfast error its message. */
export interface ErrorFacts {
  /** The code of a HoldfastError, the name of any other error's class, `_OTHER` for what is no error. */
  readonly type: string
  readonly code: ErrorCode | undefined
  readonly reason: string | undefined
  readonly source: string | undefined
  readonly retryable: boolean | undefined
  /** How many attempts were made, when a retry layer says so. */
  readonly attempts: number | undefined
  /** Redacted. Absent for errors that are not ours: their messages carry values in no known form. */
  readonly message: string | undefined
}

/** Reads the facts of anything that was thrown. Never throws. */
export const errorFactsOf = (thrown: unknown): ErrorFacts => {
  if (!HoldfastError.is(thrown)) {
    const type = thrown instanceof Error ? toSafeCause(thrown).name : '_OTHER'
    return { ...nothing, type }
  }
  const { code, reason, source, retryable, details, message } = thrown
  const attempts = details?.attempts
  return {
    type: code,
    code,
    reason,
    source,
    retryable,
    attempts: typeof attempts === 'number' ? attempts : undefined,
    message: redactText(String(message)),
  }
}

const nothing = {
  code: undefined,
  reason: undefined,
  source: undefined,
  retryable: undefined,
  attempts: undefined,
  message: undefined,
}
