import { type CallOptions, intercept, type Operations } from '@holdfast/contracts'
import { type Ancestor, ancestorOf } from './call-attempt.ts'
import type { PolicyParts } from './create-policy.ts'
import { MethodCall } from './method-call.ts'
import { openStacked, type PolicyStack, putAround } from './policy-stack.ts'
import type { StreamCall } from './stream-call.ts'

/** What layers of this package have wrapped, by what came out. */
const wrappings = new WeakMap<
  object,
  { readonly inner: unknown; readonly operations: unknown; readonly stack: PolicyStack }
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
  const stack = putAround(parts, isSame ? below.stack : undefined)
  const { execute, inside } = stack
  const wrapped = intercept(base, operations, {
    unary(operation, next, first, second, third) {
      const given = callOptionsOf(operation.options, first, second, third)
      const call = new MethodCall(operation, given, base, next, first, second, third)
      const parent = given === undefined ? undefined : ancestorOf(given)
      return execute(inside === undefined ? call : new StackedCall(call, inside), call, parent)
    },
    stream(operation, next, first, second, third) {
      const { name, key, idempotent, isLive = false, options: position } = operation
      const keyed: unknown = key === undefined ? undefined : [first, second, third][key]
      const call: StreamCall = {
        name,
        key: typeof keyed === 'string' ? keyed : undefined,
        idempotent,
        isLive,
        options: callOptionsOf(position, first, second, third),
        open(options) {
          if (position === 0) return next(options, second, third)
          if (position === 1) return next(first, options, third)
          return position === 2 ? next(first, second, options) : next(first, second, third)
        },
      }
      return openStacked(stack, call)
    },
  })
  // Contracts are interfaces with methods, so what implements one is an object.
  wrappings.set(wrapped as object, { inner: base, operations, stack })
  return wrapped
}

/** A call of a method that policies further in run. */
class StackedCall {
  readonly #call: MethodCall
  readonly #stack: PolicyStack

  constructor(call: MethodCall, stack: PolicyStack) {
    this.#call = call
    this.#stack = stack
  }

  start(attempt: Ancestor): Promise<unknown> {
    const { execute, inside } = this.#stack
    const runnable = inside === undefined ? this.#call : new StackedCall(this.#call, inside)
    return execute(runnable, this.#call, attempt)
  }
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
