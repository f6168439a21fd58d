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
 * Proxy, spread or `Object.create` is used: they break drivers that have `#private` state. A method that throws where
 * its operation promises a rejection rejects.
 */
export const intercept = <C, T extends C>(inner: T, operations: Operations<C>, around: Around): T => {
  const wrapped = {}
  // Contracts are interfaces with methods, so whatever implements one is an object.
  const target = inner as object
  for (const [key, descriptor] of propertiesOf(target)) {
    // The table has the key as its own, and its keys are those of the contract's methods.
    const operation = Object.hasOwn(operations, key) ? operations[key as FunctionKey<C>] : undefined
    // A getter that is no operation is not read before somebody asks for it: it may throw, or change.
    const value: unknown =
      descriptor.get === undefined || operation !== undefined ? Reflect.get(target, key) : undefined
    Object.defineProperty(
      wrapped,
      key,
      isFunction(value)
        ? { enumerable: true, value: wrap(operation, key, target, value, around) }
        : { enumerable: descriptor.enumerable === true, get: () => Reflect.get(target, key) },
    )
  }
  // Every property of inner is there with the same signature: the operation table only chooses what runs around a call.
  return wrapped as T
}

const isFunction = (value: unknown): value is AnyFunction => typeof value === 'function'

/** Properties of an object and its prototypes, symbols too, without what every object has. The nearest one wins. */
const propertiesOf = (value: unknown): Map<PropertyKey, PropertyDescriptor> => {
  const properties = new Map<PropertyKey, PropertyDescriptor>()
  for (
    let level: unknown = value;
    typeof level === 'object' && level !== null && level !== Object.prototype;
    level = Object.getPrototypeOf(level)
  ) {
    for (const key of Reflect.ownKeys(level)) {
      const descriptor = Reflect.getOwnPropertyDescriptor(level, key)
      if (key !== 'constructor' && descriptor !== undefined && !properties.has(key)) properties.set(key, descriptor)
    }
  }
  return properties
}

const wrap = (
  operation: Operation | undefined,
  key: PropertyKey,
  inner: object,
  method: AnyFunction,
  { unary, stream, callback }: Around,
): AnyFunction => {
  const name = String(key)
  const rejecting: Next<Promise<unknown>> = (first, second, third) => {
    try {
      // The operation table says that the method answers with a promise.
      return method.call(inner, first, second, third) as Promise<unknown>
    } catch (error) {
      return Promise.reject(error)
    }
  }
  if (operation?.kind === 'unary' && unary !== undefined) {
    const call = { ...operation, name }
    return (first, second, third) => unary(call, rejecting, first, second, third)
  }
  if (operation?.kind === 'callback' && callback !== undefined) {
    const call = { ...operation, name }
    return (first, second, third) => callback(call, rejecting, first, second, third)
  }
  if (operation?.kind === 'stream' && stream !== undefined) {
    const call = { ...operation, name }
    // The operation table says that the method answers with an async iterable.
    const next = ((first, second, third) => method.call(inner, first, second, third)) as Next<AsyncIterable<unknown>>
    return (first, second, third) => stream(call, next, first, second, third)
  }
  return method.bind(inner)
}
