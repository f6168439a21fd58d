import type { ResourceAdapter } from '@holdfast/contracts/resources'
import {
  createResourceManager,
  type ResourceKey,
  type ResourceManager,
  resourceKey,
} from '@holdfast/resource-pool/manager'

/** An adapter whose resources cost nothing to make. */
export const emptyAdapter: ResourceAdapter<object> = {
  name: 'empty',
  create: async () => ({}),
  validate: async () => true,
  destroy: async () => {},
}

/** Resources of the pools that are timed. */
export const maxSize = 10

/** A started manager with `count` resources, of which the last is to be used. */
export const startManager = async (
  count = 1,
): Promise<{ readonly manager: ResourceManager; readonly key: ResourceKey<object> }> => {
  const manager = createResourceManager()
  let key = resourceKey<object>('resource-0')
  for (let number = 0; number < count; number++) {
    key = resourceKey<object>(`resource-${number}`)
    manager.register(key, { adapter: emptyAdapter, pool: { maxSize } })
  }
  await manager.start()
  return { manager, key }
}
