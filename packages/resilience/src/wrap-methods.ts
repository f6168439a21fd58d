import { type CallOptions, intercept, type Operations } from '@holdfast/contracts'
import { type Ancestor, ancestorOf } from './call-attempt.ts'
import type { OpenStream, PolicyParts } from './create-policy.ts'
import { executeWithDeadline } from './deadline-call.ts'
import { MethodCall } from './method-call.ts'

/** Policies around one another, from the outside in. */
interface Stack extends PolicyParts {
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
export const wrapMethods = <C, T extends C>(inner: T, operations: Operations<C>, parts: PolicyParts): T => {
  // Contracts are interfaces with methods, so whatever implements one is an object.
  const below = wrappings.get(inner as object)
  const isSame = below !== undefined && below.operations === operations
  // What was wrapped under this table is what came out of wrapping it, without the layer.
  const base = isSame ? (below.inner as T) : inner
  const stack = inOnePiece({ ...parts, inside: isSame ? below.stack : undefined })
  const { execute, inside } = stack
  const wrapped = intercept(base, operations, {
    unary(operation, next, first, second, third) {
      const given = callOptionsOf(operation.options, first, second, third)
      const call = new MethodCall(operation, given, base, next, first, second, third)
      const parent = given === undefined ? undefined : ancestorOf(given)
      return execute(inside === undefined ? call : new StackedCall(call, inside), call, parent)
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

/** A timeout around a retry around a circuit breaker is what `standard` is, and runs like it, with the parts of the three. */
const inOnePiece = (stack: Stack): Stack => {
  const retry = stack.inside
  const breaker = retry?.inside
  if (!stack.deadline || !retry?.decider || !breaker?.circuits) return stack
  const attempts = { decider: retry.decider, circuits: breaker.circuits }
  return {
    execute: executeWithDeadline({ ...stack.deadline, attempts }),
    openStream: (operation, open, options) =>
      openStacked(
        { ...stack, inside: { ...retry, inside: { ...breaker, inside: undefined } } },
        operation,
        open,
        options,
      ),
    inside: breaker.inside,
  }
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
