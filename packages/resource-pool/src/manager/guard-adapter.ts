import { compose, type Operations } from '@holdfast/contracts'
import { type CreateOptions, type ResourceAdapter, resourceAdapterOperations } from '@holdfast/contracts/resources'
import type { ResourcePolicy } from './resource-registration.ts'

/** The part of an adapter that policies run, with the key that a circuit goes by. */
interface GuardedCreate<T> {
  create(key: string, options: CreateOptions): Promise<T>
}

/**
 * An adapter whose `create` runs inside the policies, outermost first. Only that: a circuit that is open must keep nobody
 * from ending a resource, and a check that is refused says nothing about what it would have checked.
 */
export const guardAdapter = <T>(
  name: string,
  adapter: ResourceAdapter<T>,
  policies: readonly ResourcePolicy[],
): ResourceAdapter<T> => {
  if (policies.length === 0) return adapter
  const { create } = resourceAdapterOperations(adapter)
  const operations: Operations<GuardedCreate<T>> = {
    create: create.kind === 'unary' ? { ...create, key: 0, options: 1 } : create,
  }
  const bare: GuardedCreate<T> = { create: async (_key, options) => adapter.create(options) }
  const guarded = compose(bare, ...policies.map((policy) => policy.layer(operations)))
  return {
    name: adapter.name,
    create: (options) => guarded.create(name, options),
    destroy: (resource, options) => adapter.destroy(resource, options),
    ...(adapter.validate === undefined ? {} : { validate: adapter.validate.bind(adapter) }),
    ...(adapter.reset === undefined ? {} : { reset: adapter.reset.bind(adapter) }),
    ...(adapter.isBroken === undefined ? {} : { isBroken: adapter.isBroken.bind(adapter) }),
    ...(adapter.health === undefined ? {} : { health: adapter.health.bind(adapter) }),
    ...(adapter.isolatesTenants === undefined ? {} : { isolatesTenants: adapter.isolatesTenants }),
  }
}
