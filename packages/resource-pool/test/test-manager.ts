import { createFakeClock } from '@holdfast/testkit'
import { createResourceManager } from '../src/manager/create-resource-manager.ts'
import { resourceKey } from '../src/manager/resource-key.ts'
import type { ResourceManagerOptions } from '../src/manager/resource-manager-options.ts'
import type { ResourceRegistration } from '../src/manager/resource-registration.ts'
import { createFakeAdapter, type FakeAdapterOptions, type FakeResource } from './fake-adapter.ts'

/** A manager on a fake clock, what it tells, and a quick way to register fake resources. */
export const createTestManager = (options: ResourceManagerOptions = {}) => {
  const clock = createFakeClock()
  const manager = createResourceManager({ clock, random: () => 0.5, ...options })
  /** Transitions, in the order in which they were told: `orders-db ready`. */
  const told: string[] = []
  manager.on('resource.transitioned', ({ resource, to }) => told.push(`${resource} ${to}`))
  const add = (
    name: string,
    registration: Partial<ResourceRegistration<FakeResource>> = {},
    adapterOptions: FakeAdapterOptions = {},
  ) => {
    const adapter = createFakeAdapter({ clock, ...adapterOptions })
    const key = resourceKey<FakeResource>(name)
    manager.register(key, { adapter, health: false, ...registration })
    return { key, adapter }
  }
  return { clock, manager, told, add }
}

/** Moves the clock until the promise settles; answers what it rejects with, or undefined. */
export const settle = async (
  clock: { advanceAsync(byMs: number): Promise<void> },
  promise: Promise<unknown>,
  limitMs = 120_000,
): Promise<unknown> => {
  let outcome: { readonly error: unknown } | undefined
  promise.then(
    () => {
      outcome = { error: undefined }
    },
    (error: unknown) => {
      outcome = { error }
    },
  )
  await clock.advanceAsync(0)
  for (let waitedMs = 0; outcome === undefined && waitedMs < limitMs; waitedMs += 50) await clock.advanceAsync(50)
  if (outcome === undefined) throw new Error(`Nothing came within ${limitMs} ms.`)
  return outcome.error
}
