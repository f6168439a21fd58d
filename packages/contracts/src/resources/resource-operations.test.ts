import { expect, it } from 'vitest'
import type { ResourceAdapter } from './resource-adapter.ts'
import { poolOperations, resourceAdapterOperations } from './resource-operations.ts'

it('gives back a lease that comes too late', () => {
  let released = 0
  const { acquire } = poolOperations
  if (acquire.kind !== 'unary') throw new Error('acquire answers once')
  acquire.onAbandoned?.({ release: () => (released += 1) })
  expect(released).toBe(1)
})

it('destroys a resource that comes too late, and survives a destroy that fails', async () => {
  const destroyed: unknown[] = []
  const adapter: ResourceAdapter<string> = {
    name: 'text',
    create: async () => 'one',
    destroy: async (resource) => {
      destroyed.push(resource)
      throw new Error('it is gone already')
    },
  }
  const { create } = resourceAdapterOperations(adapter)
  if (create.kind !== 'unary') throw new Error('create answers once')
  create.onAbandoned?.('late')
  await Promise.resolve()
  expect(destroyed).toEqual(['late'])
})
