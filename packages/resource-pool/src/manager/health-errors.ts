import { HoldfastError } from '@holdfast/contracts'
import { source } from '../pool-errors.ts'

/** The error of a call that comes, or is still waited for, when nothing is watched any more. */
export const unwatchedError = (operation: string, name?: string): HoldfastError =>
  new HoldfastError({
    code: 'CLOSED',
    source,
    operation,
    message: `The health of ${name ?? 'resources'} is not watched any more.`,
    hint: 'The manager was stopped or the resource was taken out: ask a new one.',
  })

/** The error of a second target of one name. */
export const alreadyWatchedError = (name: string): HoldfastError =>
  new HoldfastError({
    code: 'ALREADY_EXISTS',
    source,
    operation: 'add',
    message: `The health of ${name} is watched already.`,
    hint: 'Remove it first, or choose another name.',
  })

/** The error of a name that no target has. */
export const notWatchedError = (name: string): HoldfastError =>
  new HoldfastError({
    code: 'NOT_FOUND',
    reason: 'RESOURCE_UNKNOWN',
    source,
    operation: 'checkNow',
    message: `The health of ${name} is not watched.`,
    hint: 'Register it, with health options that are not false.',
  })
