import { createProblems } from '@holdfast/contracts'
import { source } from '../pool-errors.ts'

declare const resourceType: unique symbol

/** The key of any resource. */
export interface AnyResourceKey {
  readonly name: string
  /** Never there at run time: only what `resourceKey` has made is a key. */
  readonly [resourceType]: unknown
}

/** Names a resource and carries the type of what it is, so that looking it up gives that type without a cast. */
export interface ResourceKey<T> extends AnyResourceKey {
  readonly [resourceType]: (resource: T) => T
}

/**
 * Makes the key of a resource: once, in the module that others import it from. It is looked up by its identity, so another
 * key of the same name is another resource, which a manager refuses to register beside it.
 *
 * `name` stands in logs, errors, metrics and on diagrams: 1 to 128 letters, digits, dots, hyphens, underscores and slashes.
 */
export const resourceKey = <T>(name: string): ResourceKey<T> => {
  const problems = createProblems(source, 'resourceKey')
  problems.require(
    typeof name === 'string' && /^[\w./-]{1,128}$/.test(name),
    'name',
    name,
    'up to 128 letters, digits, dots, hyphens, underscores and slashes',
  )
  problems.throwIfAny()
  const key: Pick<ResourceKey<T>, 'name'> = Object.freeze({ name })
  // What it lacks is never there: it only carries the type.
  return key as ResourceKey<T>
}
