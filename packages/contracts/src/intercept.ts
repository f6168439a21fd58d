import type {
  CallbackOperation,
  FunctionKey,
  Operation,
  Operations,
  StreamOperation,
  UnaryOperation,
} from './operations.ts'

/** A method of the wrapped object, to be called with the (possibly changed) arguments. */
export type Next<R> = (first?: unknown, second?: unknown, third?: unknown) => R

/**
 * What a layer does around the calls of a contract, one function for each kind of operation; a kind it leaves out is
 * passed through. Arguments come one by one, at most three, so that no array is built per call. Read the operation's
 * `key` and `options` to know which of them is which.
 */
export interface Around {
  readonly unary?: (
    call: NamedOperation<UnaryOperation>,
    next: Next<Promise<unknown>>,
    first: unknown,
    second: unknown,
    third: unknown,
  ) => Promise<unknown>
  readonly stream?: (
    call: NamedOperation<StreamOperation>,
    next: Next<AsyncIterable<unknown>>,
    first: unknown,
    second: unknown,
    third: unknown,
  ) => AsyncIterable<unknown>
  readonly callback?: (
    call: NamedOperation<CallbackOperation>,
    next: Next<Promise<unknown>>,
    first: unknown,
    second: unknown,
    third: unknown,
  ) => Promise<unknown>
}

/** An operation with the name of its method. */
export type NamedOperation<O extends Operation = Operation> = O & { readonly name: string }

type AnyFunction = (...args: readonly unknown[]) => unknown

/**
 * Builds a layer: a plain object with the methods of `inner`, each running through `around` as its operation says, and
 * with everything else of `inner` forwarded as it is. The object is built once, so a call costs one function more. No
 * Proxy, spread or `Object.create` is used: they break drivers that have `#private` state.
 */
export const intercept = <C, T extends C>(inner: T, operations: Operations<C>, around: Around): T => {
  const wrapped: Record<PropertyKey, unknown> = {}
  for (const key of keysOf(inner)) {
    // Every key comes from the object itself, so reading it by that key is sound whatever its static type is.
    const value: unknown = Reflect.get(inner as object, key)
    if (typeof value !== 'function') {
      Object.defineProperty(wrapped, key, { enumerable: true, get: () => Reflect.get(inner as object, key) })
      continue
    }
    const operation = Object.hasOwn(operations, key) ? operations[key as FunctionKey<C>] : undefined
    wrapped[key] =
      operation === undefined || operation.kind === 'local'
        ? value.bind(inner)
        : wrap({ ...operation, name: String(key) }, inner as object, value as AnyFunction, around)
  }
  // Every property of inner is there with the same signature: the operation table only chooses what runs around a call.
  return wrapped as T
}

/** Methods and properties of an object and its prototypes, symbols too, without what every object has. */
const keysOf = (value: unknown): Set<PropertyKey> => {
  const keys = new Set<PropertyKey>()
  for (
    let level: unknown = value;
    typeof level === 'object' && level !== null && level !== Object.prototype;
    level = Object.getPrototypeOf(level)
  ) {
    for (const key of Reflect.ownKeys(level)) if (key !== 'constructor') keys.add(key)
  }
  return keys
}

const wrap = (operation: NamedOperation, inner: object, method: AnyFunction, around: Around): AnyFunction => {
  const { unary, stream, callback } = around
  const forward: AnyFunction = (first, second, third) => method.call(inner, first, second, third)
  if (operation.kind === 'unary' && unary !== undefined) {
    // The operation table says that the method answers with a promise.
    const next = forward as Next<Promise<unknown>>
    return (first, second, third) => unary(operation, next, first, second, third)
  }
  if (operation.kind === 'stream' && stream !== undefined) {
    // The operation table says that the method answers with an async iterable.
    const next = forward as Next<AsyncIterable<unknown>>
    return (first, second, third) => stream(operation, next, first, second, third)
  }
  if (operation.kind === 'callback' && callback !== undefined) {
    // The operation table says that the method runs the caller's function and answers with a promise.
    const next = forward as Next<Promise<unknown>>
    return (first, second, third) => callback(operation, next, first, second, third)
  }
  return forward
}
