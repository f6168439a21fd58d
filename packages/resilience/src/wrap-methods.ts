import { type CallOptions, intercept, type Operations } from '@holdfast/contracts'
import { type Ancestor, ancestorOf } from './call-attempt.ts'
import type { Execute, OpenStream } from './create-policy.ts'
import { MethodCall } from './method-call.ts'

/** Policies around one another, from the outside in. */
interface Stack {
  readonly execute: Execute
  readonly openStream: OpenStream | undefined
  readonly inside: Stack | undefined
}

/** What layers of this package have wrapped, by what came out. */
const wrappings = new WeakMap<
  object,
  { readonly inner: unknown; readonly operations: unknown; readonly stack: Stack }
>()

/**
 * Builds the layer of a policy. Around another one of this package it goes around what that has wrapped, and runs both:
 * they hand one another attempts, and not options that would have to be made and read for each.
 */
export const wrapMethods = <C, T extends C>(
  inner: T,
  operations: Operations<C>,
  execute: Execute,
  openStream: OpenStream | undefined,
): T => {
  // Contracts are interfaces with methods, so whatever implements one is an object.
  const below = wrappings.get(inner as object)
  const isSame = below !== undefined && below.operations === operations
  // What was wrapped under this table is what came out of wrapping it, without the layer.
  const base = isSame ? (below.inner as T) : inner
  const stack: Stack = { execute, openStream, inside: isSame ? below.stack : undefined }
  const wrapped = intercept(base, operations, {
    unary(operation, next, first, second, third) {
      const given = callOptionsOf(operation.options, first, second, third)
      const call = new MethodCall(operation, given, base, next, first, second, third)
      const parent = given === undefined ? undefined : ancestorOf(given)
      return stack.inside === undefined
        ? execute(call, call, parent)
        : execute(new StackedCall(call, stack.inside), call, parent)
    },
    stream: (operation, next, first, second, third) =>
      openStacked(
        stack,
        operation,
        () => next(first, second, third),
        callOptionsOf(operation.options, first, second, third),
      ),
  })
  wrappings.set(wrapped as object, { inner: base, operations, stack })
  return wrapped
}

/** A call of a method that policies further in run. */
class StackedCall {
  readonly #call: MethodCall
  readonly #stack: Stack

  constructor(call: MethodCall, stack: Stack) {
    this.#call = call
    this.#stack = stack
  }

  start(attempt: Ancestor): Promise<unknown> {
    const { execute, inside } = this.#stack
    const runnable = inside === undefined ? this.#call : new StackedCall(this.#call, inside)
    return execute(runnable, this.#call, attempt)
  }
}

const openStacked = (
  { openStream, inside }: Stack,
  operation: Parameters<OpenStream>[0],
  open: () => AsyncIterable<unknown>,
  options: CallOptions | undefined,
): AsyncIterable<unknown> => {
  const openInside = inside === undefined ? open : () => openStacked(inside, operation, open, options)
  return openStream === undefined ? openInside() : openStream(operation, openInside, options)
}

const callOptionsOf = (
  position: 0 | 1 | 2 | undefined,
  first: unknown,
  second: unknown,
  third: unknown,
): CallOptions | undefined => {
  const options = position === 0 ? first : position === 1 ? second : position === 2 ? third : undefined
  // What stands at this position is a CallOptions, says the operation table, or nothing.
  return typeof options === 'object' && options !== null ? options : undefined
}
