import { type ErrorCode, HoldfastError } from '@holdfast/contracts'

/** What the command line answers with; the table in the README explains each. */
export const exitCodes = {
  success: 0,
  /** Something that this program did not expect. */
  failure: 1,
  /** Wrong arguments, options or input. */
  usage: 2,
  notFound: 3,
  /** The vault was not opened: no or the wrong key, an exposed key file, or the backend refused. */
  refused: 4,
  /** It exists already, or somebody else changed it. */
  conflict: 5,
  /** Something stored is damaged or was tampered with. */
  damaged: 6,
  /** The backend cannot be reached or is overloaded: trying later may help. */
  unavailable: 7,
  /** `validate`, `check` or `doctor` found something. */
  checkFailed: 8,
  /** `run`: the command cannot be executed. */
  notExecutable: 126,
  /** `run`: there is no such command. */
  commandNotFound: 127,
  /** 128 and the number of the signal: Ctrl-C. */
  interrupted: 130,
} as const

const byCode: Readonly<Record<ErrorCode, number>> = {
  NOT_FOUND: exitCodes.notFound,
  ALREADY_EXISTS: exitCodes.conflict,
  CONFLICT: exitCodes.conflict,
  INVALID_ARGUMENT: exitCodes.usage,
  UNSUPPORTED: exitCodes.usage,
  UNAUTHENTICATED: exitCodes.refused,
  PERMISSION_DENIED: exitCodes.refused,
  RATE_LIMITED: exitCodes.unavailable,
  RESOURCE_EXHAUSTED: exitCodes.unavailable,
  UNAVAILABLE: exitCodes.unavailable,
  TIMEOUT: exitCodes.unavailable,
  CANCELLED: exitCodes.interrupted,
  DATA_LOSS: exitCodes.damaged,
  CLOSED: exitCodes.failure,
  INTERNAL: exitCodes.failure,
}

/** The exit code for an error that ended a command. */
export const exitCodeOf = (error: unknown): number => {
  if (!HoldfastError.is(error)) return exitCodes.failure
  if (error.reason === 'REQUIREMENTS_UNMET') return exitCodes.checkFailed
  return byCode[error.code]
}
