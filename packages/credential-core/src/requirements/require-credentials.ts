import { HoldfastError, type SecretValue } from '@holdfast/contracts'
import type { CredentialReference } from '../kinds/credential-kind.ts'
import type { Credential } from '../manager/credential.ts'
import type { CredentialCallOptions, ScopedCredentialManager } from '../manager/credential-manager.ts'

/** The credentials a program needs, each by the name the program uses for it. */
export type Requirements = Readonly<Record<string, CredentialReference>>

/** The credentials of {@link Requirements}, by the same names and of the types their kinds have. */
export type RequiredCredentials<R extends Requirements> = {
  readonly [K in keyof R]: R[K] extends CredentialReference<infer T> ? Credential<T> : never
}

/** Why a requirement is not met. `forbidden`: outside the scope of the manager. `damaged`: there and unreadable. */
export type UnmetStatus = 'missing' | 'expired' | 'malformed' | 'damaged' | 'forbidden'

/** One requirement that is not met. Never a value. */
export interface UnmetRequirement {
  readonly name: string
  readonly id: string
  readonly kind: string
  readonly status: UnmetStatus
  /** For a person. */
  readonly problem: string
}

/**
 * Retrieves everything a program needs before it starts: all of it, typed, or one error that names every credential that
 * is missing, expired, malformed, damaged or out of scope, in its message and in `details.unmet`.
 * Errors: NOT_FOUND with reason REQUIREMENTS_UNMET; and what keeps the verdict from being found out (UNAVAILABLE,
 * UNAUTHENTICATED, CANCELLED, …) as it comes.
 */
export const requireCredentials = async <const R extends Requirements>(
  manager: Pick<ScopedCredentialManager, 'retrieve'>,
  requirements: R,
  options: CredentialCallOptions = {},
): Promise<RequiredCredentials<R>> => {
  const names = Object.entries(requirements)
  const outcomes = await Promise.all(names.map(([name, reference]) => meet(manager, name, reference, options)))
  const unmet = outcomes.filter((outcome) => 'status' in outcome)
  if (unmet.length > 0) throw requirementsUnmet(unmet)
  const met = Object.fromEntries(names.map(([name], index) => [name, outcomes[index]]))
  // None is unmet, so under each name stands the credential that was retrieved by the reference of that name.
  return Object.freeze(met) as RequiredCredentials<R>
}

const meet = async <T extends SecretValue>(
  manager: Pick<ScopedCredentialManager, 'retrieve'>,
  name: string,
  reference: CredentialReference<T>,
  options: CredentialCallOptions,
): Promise<Credential<T> | UnmetRequirement> => {
  try {
    return await manager.retrieve(reference, { ...options, refuseExpired: true })
  } catch (error) {
    const found = HoldfastError.is(error) ? unmetBy(error) : undefined
    if (found === undefined) throw error
    return { name, id: reference.id, kind: reference.kind.name, ...found }
  }
}

const unmetBy = (error: HoldfastError): Pick<UnmetRequirement, 'status' | 'problem'> | undefined => {
  const { code, reason, details } = error
  if (reason === 'EXPIRED') return { status: 'expired', problem: `expired at ${String(details.expiresAt)}` }
  if (code === 'NOT_FOUND') return { status: 'missing', problem: 'there is no such credential' }
  if (reason === 'KIND_MISMATCH') return { status: 'malformed', problem: `is stored as ${String(details.kind)}` }
  if (reason === 'VALUE_MALFORMED') return { status: 'malformed', problem: problemsOf(details.problems) }
  if (reason === 'SCOPE_VIOLATION') return { status: 'forbidden', problem: 'lies outside the scope' }
  if (code === 'DATA_LOSS') return { status: 'damaged', problem: `cannot be read (${reason ?? code})` }
  return undefined
}

const problemsOf = (problems: unknown): string =>
  Array.isArray(problems) ? problems.join('; ') : 'has not the form of its kind'

const requirementsUnmet = (unmet: readonly UnmetRequirement[]): HoldfastError => {
  const lines = unmet.map(
    ({ name, id, kind, status, problem }) => `${name} (${kind} ${JSON.stringify(id)}) is ${status}: ${problem}`,
  )
  return new HoldfastError({
    code: 'NOT_FOUND',
    reason: 'REQUIREMENTS_UNMET',
    source: 'credential-core',
    operation: 'requireCredentials',
    message: `${unmet.length === 1 ? 'A required credential is' : `${unmet.length} required credentials are`} not usable: ${lines.join('. ')}.`,
    hint: 'Store what is missing, and replace what has expired or is malformed.',
    details: { unmet: unmet.map((one) => ({ ...one })) },
  })
}
