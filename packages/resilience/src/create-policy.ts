import type { CallOptions, Layer, NamedOperation, Operations, StreamOperation } from '@holdfast/contracts'
import { type Ancestor, ancestorOf } from './call-attempt.ts'
import type { ExecuteOptions, Policy, Work } from './policy.ts'
import { wrapMethods } from './wrap-methods.ts'

/** What a policy runs: a function, or something that is started like one. */
export type Runnable<T> = Work<T> | { start(attempt: Ancestor): Promise<T> }

/** How a policy runs something, inside the attempt of a policy further out if there is one. */
export type Execute = <T>(runnable: Runnable<T>, options: ExecuteOptions<T>, parent: Ancestor | undefined) => Promise<T>

/** What a policy does to a stream; a policy without it passes streams through. */
export type OpenStream = (
  call: NamedOperation<StreamOperation>,
  open: () => AsyncIterable<unknown>,
  options: CallOptions | undefined,
) => AsyncIterable<unknown>

/**
 * Makes the two faces of a policy. In its layers unary operations run with what the operation table says of them.
 * Callbacks pass through, because the caller's function inside them must neither run twice nor be left behind.
 */
export const createPolicy = (execute: Execute, openStream?: OpenStream): Policy => ({
  execute: (work, options) =>
    options === undefined ? execute(work, noOptions, undefined) : execute(work, options, ancestorOf(options)),
  layer:
    <C>(operations: Operations<C>): Layer<C> =>
    (inner) =>
      wrapMethods(inner, operations, execute, openStream),
})

const noOptions: Pick<ExecuteOptions<unknown>, 'operation'> = {}
