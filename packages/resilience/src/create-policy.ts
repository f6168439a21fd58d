import {
  type Around,
  type CallOptions,
  intercept,
  type Layer,
  type NamedOperation,
  type Operations,
  type StreamOperation,
  type UnaryOperation,
} from '@holdfast/contracts'
import { CallAttempt } from './call-attempt.ts'
import type { Attempt, ExecuteOptions, Policy, Work } from './policy.ts'

/** How a policy runs work, inside the attempt of a policy further out if there is one. */
export type Execute = <T>(work: Work<T>, options: ExecuteOptions<T>, parent: CallAttempt | undefined) => Promise<T>

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
    options === undefined ? execute(work, noOptions, undefined) : execute(work, options, CallAttempt.of(options)),
  layer:
    <C>(operations: Operations<C>): Layer<C> =>
    (inner) =>
      intercept(inner, operations, aroundOf(execute, openStream, inner)),
})

const noOptions: Pick<ExecuteOptions<unknown>, 'operation'> = {}

const aroundOf = (execute: Execute, openStream: OpenStream | undefined, inner: unknown): Around => {
  const around: Around = {
    unary(call, next, first, second, third) {
      const given = callOptionsOf(call.options, first, second, third)
      const parent = given === undefined ? undefined : CallAttempt.of(given)
      const work = (attempt: Attempt): Promise<unknown> => {
        // Every policy gives the work an attempt of this class.
        const passed = attempt as CallAttempt
        if (call.options === 0) return next(passed.pass(first), second, third)
        if (call.options === 1) return next(first, passed.pass(second), third)
        if (call.options === 2) return next(first, second, passed.pass(third))
        return next(first, second, third)
      }
      return execute(work, new LayerOptions(call, given, parent, inner, first, second, third), parent)
    },
  }
  if (openStream === undefined) return around
  return {
    ...around,
    stream: (call, next, first, second, third) =>
      openStream(call, () => next(first, second, third), callOptionsOf(call.options, first, second, third)),
  }
}

const callOptionsOf = (
  position: 0 | 1 | 2 | undefined,
  first: unknown,
  second: unknown,
  third: unknown,
): (CallOptions & { readonly ifVersion?: unknown; readonly idempotencyKey?: unknown }) | undefined => {
  const options = position === 0 ? first : position === 1 ? second : position === 2 ? third : undefined
  // What stands at this position is a CallOptions, says the operation table, or nothing.
  return typeof options === 'object' && options !== null ? (options as CallOptions) : undefined
}

/** The options of one call of a layer: a class, because building its instances is cheap and what is rarely asked for is computed then. */
class LayerOptions implements ExecuteOptions<unknown> {
  readonly operation: string
  readonly signal: AbortSignal | undefined
  readonly deadline: number | undefined
  readonly #call: NamedOperation<UnaryOperation>
  readonly #given: ReturnType<typeof callOptionsOf>
  readonly #inner: unknown
  readonly #arguments: readonly [unknown, unknown, unknown]

  constructor(
    call: NamedOperation<UnaryOperation>,
    given: ReturnType<typeof callOptionsOf>,
    parent: CallAttempt | undefined,
    inner: unknown,
    first: unknown,
    second: unknown,
    third: unknown,
  ) {
    this.operation = call.name
    // Inside another policy the signal is not read: reading builds it, and the parent tells of the same.
    this.signal = parent === undefined ? given?.signal : undefined
    this.deadline = given?.deadline
    this.#call = call
    this.#given = given
    this.#inner = inner
    this.#arguments = [first, second, third]
  }

  get key(): string | undefined {
    const { key } = this.#call
    const value = key === undefined ? undefined : this.#arguments[key]
    return typeof value === 'string' ? value : undefined
  }

  /** A conditional write cannot have its effect twice, and one with an idempotency key is told apart by the backend. */
  get idempotent(): boolean {
    return this.#call.idempotent || this.#given?.ifVersion !== undefined || this.#given?.idempotencyKey !== undefined
  }

  get onAbandoned(): ((result: unknown) => void) | undefined {
    return this.#call.onAbandoned
  }

  get confirm(): (() => Promise<unknown>) | undefined {
    const { confirm } = this.#call
    return confirm === undefined ? undefined : () => confirm(this.#inner, ...this.#arguments)
  }
}
