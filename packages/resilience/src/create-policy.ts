import type { Layer, Operations } from '@holdfast/contracts'
import { type Ancestor, ancestorOf } from './call-attempt.ts'
import type { Circuits } from './circuits.ts'
import type { DeadlineParts } from './deadline-call.ts'
import type { ExecuteOptions, Policy, Work } from './policy.ts'
import type { RetryDecider } from './retry-decider.ts'
import type { OpenStream } from './stream-call.ts'
import { wrapMethods } from './wrap-methods.ts'

/** What a policy runs: a function, or something that is started like one. */
export type Runnable<T> = Work<T> | { start(attempt: Ancestor): Promise<T> }

/** How a policy runs something, inside the attempt of a policy further out if there is one. */
export type Execute = <T>(runnable: Runnable<T>, options: ExecuteOptions<T>, parent: Ancestor | undefined) => Promise<T>

/** What {@link createPolicy} makes a policy of. */
export interface PolicyParts {
  readonly execute: Execute
  readonly openStream?: OpenStream | undefined
  /** What the policy is by itself, for policies around one another that can be run in one piece. */
  readonly deadline?: DeadlineParts | undefined
  readonly decider?: RetryDecider | undefined
  readonly circuits?: Circuits | undefined
}

/**
 * Makes the two faces of a policy. In its layers unary operations run with what the operation table says of them.
 * Callbacks pass through, because the caller's function inside them must neither run twice nor be left behind.
 */
export const createPolicy = (parts: PolicyParts): Policy => {
  const { execute } = parts
  return {
    execute: (work, options) =>
      options === undefined ? execute(work, noOptions, undefined) : execute(work, options, ancestorOf(options)),
    layer:
      <C>(operations: Operations<C>): Layer<C> =>
      (inner) =>
        wrapMethods(inner, operations, parts),
  }
}

const noOptions: Pick<ExecuteOptions<unknown>, 'operation'> = {}
