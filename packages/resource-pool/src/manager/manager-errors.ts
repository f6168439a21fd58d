import { type ErrorCode, type ErrorDetail, HoldfastError } from '@holdfast/contracts'
import type { LeaseReport } from '@holdfast/contracts/resources'
import { source } from '../pool-errors.ts'
import type { LifecycleState } from './lifecycle-state.ts'
import type { TransitionCause } from './manager-events.ts'
import { nearNames } from './near-names.ts'

/** A chain of causes as one sentence without its full stop: `orders-db was quarantined: its check failed`. */
export const chainText = (causes: readonly TransitionCause[]): string =>
  causes.map(({ resource, reason }) => (resource === undefined ? reason : `${resource} ${reason}`)).join(': ')

/** A chain of causes as it stands in the details of an error. */
export const chainDetails = (causes: readonly TransitionCause[]): readonly ErrorDetail[] =>
  causes.map((cause) => ({ ...cause }))

/** The first code in a chain of causes. */
const codeOf = (causes: readonly TransitionCause[]): ErrorCode | undefined => causes.find(({ code }) => code)?.code

/** The error of a key that was not registered. */
export const unknownResourceError = (name: string, operation: string, names: readonly string[]): HoldfastError => {
  const near = nearNames(name, names)
  const hint = names.includes(name)
    ? 'Another key of this name was: import the key that it was registered with.'
    : near.length === 0
      ? 'Register it first, or use the key that it was registered with.'
      : `Registered are ${near.join(', ')}.`
  return new HoldfastError({
    code: 'NOT_FOUND',
    reason: 'RESOURCE_UNKNOWN',
    source,
    operation,
    message: `No resource was registered under this key of the name ${name}.`,
    hint,
    details: { resource: name, near },
  })
}

/** The error of resources that would wait for one another. */
export const cycleError = (path: readonly string[]): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'DEPENDENCY_CYCLE',
    source,
    operation: 'register',
    message: `The resource ${path[0] ?? ''} cannot be registered, because it would wait for itself: ${path.join(' → ')}.`,
    hint: 'Let one of them do without the next, or split it.',
    details: { path },
  })

/** The error of resources that require what nobody has registered. */
export const missingDependenciesError = (
  operation: string,
  missing: readonly { readonly name: string; readonly missing: string }[],
): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'DEPENDENCY_UNKNOWN',
    source,
    operation,
    message: `Required and not registered: ${missing.map((each) => `${each.missing} (by ${each.name})`).join(', ')}.`,
    hint: operation === 'register' ? 'While resources run, register what is required first.' : 'Register them too.',
    details: { missing: missing.map((each) => ({ ...each })) },
  })

/** The error of an acquire of what nobody may get now. */
export const notUsableError = (
  name: string,
  operation: string,
  state: LifecycleState,
  causes: readonly TransitionCause[],
): HoldfastError => {
  const isQuarantined = state === 'quarantined'
  const why = chainText(causes)
  return new HoldfastError({
    code: 'UNAVAILABLE',
    reason: isQuarantined ? 'QUARANTINED' : 'NOT_READY',
    source,
    operation,
    message: `The resource ${name} cannot be used while it is ${state}${why === '' ? '' : ` (${why})`}.`,
    hint: isQuarantined
      ? 'It is taken back when its checks succeed again.'
      : state === 'created' || state === 'stopped' || state === 'failed'
        ? 'Start it first.'
        : 'Try again when it is ready.',
    details: { resource: name, state, causes: chainDetails(causes), lastErrorCode: codeOf(causes) },
  })
}

/** The error of a call on a manager that was closed. */
export const managerClosedError = (operation: string): HoldfastError =>
  new HoldfastError({
    code: 'CLOSED',
    source,
    operation,
    message: `${operation} was called on a resource manager that is closed.`,
    hint: 'Close a manager only after its last call, or make a new one.',
  })

/** The error of a rotation of what has nothing to rotate. */
export const noCredentialsError = (name: string): HoldfastError =>
  new HoldfastError({
    code: 'UNSUPPORTED',
    source,
    operation: 'rotate',
    message: `The resource ${name} was registered without credentials, so there is nothing to move it to.`,
    hint: 'Register it with the sources of its credentials.',
  })

/** The error of a start that a stop has cancelled. */
export const startCancelledError = (): HoldfastError =>
  new HoldfastError({
    code: 'CANCELLED',
    source,
    operation: 'start',
    message: 'The start was cancelled, because stop was called.',
    hint: 'Start again when the stop is over.',
  })

/** The error of a start whose time is over. */
export const startTimeoutError = (timeoutMs: number, waits: readonly string[]): HoldfastError =>
  new HoldfastError({
    code: 'TIMEOUT',
    reason: 'DEADLINE_EXCEEDED',
    source,
    operation: 'start',
    message: `The start was not done within ${Math.round(timeoutMs)} ms: ${waits.join('; ')}.`,
    hint: 'Look at what the first of them connects to, or give the start more time.',
  })

/** One that did not start. */
export interface FailedStart {
  readonly name: string
  readonly error: unknown
}

/** One whose start did not begin. */
export interface SkippedStart {
  readonly name: string
  /** The one that it requires. */
  readonly because: string
}

/** How a start ended for all that did not come up. */
export interface StartLosses {
  readonly failed: readonly FailedStart[]
  readonly skipped: readonly SkippedStart[]
  /** In the order in which they were stopped again. */
  readonly rolledBack: readonly string[]
}

/** The error of one that was not started because of another. */
export const dependencyError = (name: string, because: string): HoldfastError =>
  new HoldfastError({
    code: 'UNAVAILABLE',
    reason: 'DEPENDENCY_FAILED',
    source,
    operation: 'start',
    message: `${name} was not started, because ${because} cannot be used.`,
    hint: 'Look at what became of that one: explain says why.',
  })

/** The error of a start that was rolled back because some did not start. */
export const startFailedError = (cause: HoldfastError, losses: StartLosses): HoldfastError => {
  const { failed, skipped } = losses
  const failures = failed.map(({ name, error }) => `${name} (${codeFrom(error)})`).join(', ')
  const skips = skipped.map(({ name, because }) => `${name} because of ${because}`).join(', ')
  const why = failures === '' ? `: ${messageOf(cause)}` : `, because of ${failures}.`
  return new HoldfastError({
    code: 'UNAVAILABLE',
    reason: 'DEPENDENCY_FAILED',
    source,
    operation: 'start',
    retryable: cause.retryable,
    message: `The start failed${why}${skips === '' ? '' : ` Skipped: ${skips}.`}`,
    hint: 'Look at the cause; what this call had started was stopped again.',
    details: detailsOf(losses),
    cause,
  })
}

/** The error of a start that its caller, a stop or its deadline has ended, with what that left undone. */
export const startInterruptedError = (cause: HoldfastError, losses: StartLosses): HoldfastError =>
  new HoldfastError({
    code: cause.code,
    ...(cause.reason === undefined ? {} : { reason: cause.reason }),
    source,
    operation: 'start',
    retryable: cause.retryable,
    message: messageOf(cause),
    hint: cause.hint,
    details: detailsOf(losses),
    cause,
  })

const detailsOf = ({ failed, skipped, rolledBack }: StartLosses): Readonly<Record<string, ErrorDetail>> => ({
  failed: failed.map(({ name, error }) => ({ name, code: codeFrom(error) })),
  skipped: skipped.map((each) => ({ ...each })),
  rolledBack,
})

/** The error of a stop that left something behind: everything is stopped all the same. */
export const stoppedWithRemainsError = (
  operation: string,
  forced: Readonly<Record<string, readonly LeaseReport[]>>,
  problems: readonly { readonly name: string; readonly problem: string }[],
): HoldfastError => {
  const leases = Object.entries(forced).map(([name, list]) => `${list.length} leases of ${name} were taken away`)
  const told = [...leases, ...problems.map(({ name, problem }) => `${name}: ${problem}`)]
  return new HoldfastError({
    code: 'TIMEOUT',
    reason: 'DEADLINE_EXCEEDED',
    source,
    operation,
    retryable: false,
    message: `Everything is stopped, but not all of it as it should be: ${told.join('; ')}.`,
    hint: 'Release leases before the deadline, or stop later; details say which they were.',
    details: {
      forced: Object.fromEntries(
        Object.entries(forced).map(([name, list]) => [name, list.map((each) => ({ ...each }))]),
      ),
      problems: problems.map((each) => ({ ...each })),
    },
  })
}

/** What a step of a resource failed with, as an error of ours. */
export const stepError = (error: unknown, name: string, step: string): HoldfastError =>
  HoldfastError.is(error)
    ? error
    : new HoldfastError({
        code: 'UNAVAILABLE',
        source,
        operation: step,
        message: `${step} of the resource ${name} failed.`,
        hint: 'The cause says what it threw.',
        cause: error,
      })

/** The code of what went wrong: that it was waited for until the end of the time says less than what it was. */
export const codeFrom = (error: unknown): ErrorCode => {
  if (!HoldfastError.is(error)) return 'INTERNAL'
  return error.reason === 'ACQUIRE_TIMEOUT' && HoldfastError.is(error.cause) ? error.cause.code : error.code
}

/** The message of an error without its hint. */
export const messageOf = ({ message, hint }: HoldfastError): string =>
  message.endsWith(` ${hint}`) ? message.slice(0, -hint.length - 1) : message
