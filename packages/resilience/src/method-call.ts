import type { CallOptions, NamedOperation, Next, UnaryOperation } from '@holdfast/contracts'
import { type Ancestor, passOptions } from './call-attempt.ts'
import type { ExecuteOptions } from './policy.ts'

/** Call options as writes have them. */
type WriteOptions = CallOptions & { readonly ifVersion?: unknown; readonly idempotencyKey?: unknown }

/** One call of a wrapped method: the work of a policy and its options in one object, of which what is rarely asked for is computed then. */
export class MethodCall implements ExecuteOptions<unknown> {
  readonly #operation: NamedOperation<UnaryOperation>
  readonly #given: WriteOptions | undefined
  readonly #inner: unknown
  readonly #next: Next<Promise<unknown>>
  readonly #first: unknown
  readonly #second: unknown
  readonly #third: unknown

  constructor(
    operation: NamedOperation<UnaryOperation>,
    given: CallOptions | undefined,
    inner: unknown,
    next: Next<Promise<unknown>>,
    first: unknown,
    second: unknown,
    third: unknown,
  ) {
    this.#operation = operation
    this.#given = given
    this.#inner = inner
    this.#next = next
    this.#first = first
    this.#second = second
    this.#third = third
  }

  /** Calls the method with what the attempt says in its options. */
  start(attempt: Ancestor): Promise<unknown> {
    const { options } = this.#operation
    if (options === undefined) return this.#next(this.#first, this.#second, this.#third)
    const passed = passOptions(attempt, this.#given)
    if (options === 0) return this.#next(passed, this.#second, this.#third)
    if (options === 1) return this.#next(this.#first, passed, this.#third)
    return this.#next(this.#first, this.#second, passed)
  }

  get operation(): string {
    return this.#operation.name
  }

  get signal(): AbortSignal | undefined {
    return this.#given?.signal
  }

  get deadline(): number | undefined {
    return this.#given?.deadline
  }

  get key(): string | undefined {
    const { key } = this.#operation
    const value = key === 0 ? this.#first : key === 1 ? this.#second : key === 2 ? this.#third : undefined
    return typeof value === 'string' ? value : undefined
  }

  /** A conditional write cannot have its effect twice, and one with an idempotency key is told apart by the backend. */
  get idempotent(): boolean {
    return (
      this.#operation.idempotent || this.#given?.ifVersion !== undefined || this.#given?.idempotencyKey !== undefined
    )
  }

  get onAbandoned(): ((result: unknown) => void) | undefined {
    return this.#operation.onAbandoned
  }

  get confirm(): (() => Promise<unknown>) | undefined {
    const { confirm } = this.#operation
    if (confirm === undefined) return undefined
    return () => confirm(this.#inner, this.#first, this.#second, this.#third)
  }
}
