import type { Operation } from '@holdfast/contracts'
import { currentContext } from '@holdfast/contracts/context'
import type { CallTarget } from './call-target.ts'

/** What is known of one call without looking at a value. */
export interface CallFacts {
  /** What the operation works on, if there is a subject. */
  readonly id: string | undefined
  readonly scope: string | undefined
  readonly tenant: string | undefined
}

/** Longer ids are cut: no contract has longer ones, so what is longer is something else (a credential's id has 512 bytes at most). */
const maxIdLength = 512

/**
 * Reads a call's arguments as its operation table says: the key, and the scope and the tenant of its options, of the
 * record that is written, or of the context.
 */
export const callFactsOf = (
  operation: Operation,
  { subject, hasRecords }: CallTarget,
  first: unknown,
  second: unknown,
  third: unknown,
): CallFacts => {
  const key = operation.kind === 'local' || subject === undefined ? undefined : at(operation.key, first, second, third)
  const options = operation.kind === 'local' ? undefined : at(operation.options, first, second, third)
  const context = currentContext()
  return {
    id: typeof key === 'string' ? key.slice(0, maxIdLength) : undefined,
    scope: textIn(options, 'scope') ?? (hasRecords ? scopeOf(second) : undefined) ?? context?.scope,
    tenant: textIn(options, 'tenant') ?? context?.tenant,
  }
}

/** The scope that a result says, when it is a record. */
export const scopeOfResult = ({ hasRecords }: CallTarget, result: unknown): string | undefined =>
  hasRecords ? scopeOf(result) : undefined

/** The scope of a record: what `store` is given and `retrieve` answers with. */
const scopeOf = (record: unknown): string | undefined => textIn(propertyOf(record, 'metadata'), 'scope')

const at = (position: 0 | 1 | 2 | undefined, first: unknown, second: unknown, third: unknown): unknown =>
  position === 0 ? first : position === 1 ? second : position === 2 ? third : undefined

const textIn = (value: unknown, name: string): string | undefined => {
  const text = propertyOf(value, name)
  return typeof text === 'string' ? text.slice(0, maxIdLength) : undefined
}

const propertyOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
