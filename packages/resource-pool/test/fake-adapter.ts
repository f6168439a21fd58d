import {
  createFakeResourceAdapter,
  type FakeResource,
  type FakeResourceAdapter,
  type FakeResourceAdapterOptions,
} from '@holdfast/testkit'
import { expect, onTestFinished } from 'vitest'

export type { FakeResource, FakeResourceAdapter as FakeAdapter, FakeResourceAdapterOptions as FakeAdapterOptions }

/** Never settles. */
export const hangs = (): Promise<never> => new Promise(() => {})

/**
 * A fake adapter as careless as an adapter may be: it goes on when it is aborted. The test in which it is made fails if the
 * pool does with a resource what the contract of adapters forbids.
 */
export const createFakeAdapter = (options: FakeResourceAdapterOptions = {}): FakeResourceAdapter => {
  const adapter = createFakeResourceAdapter({ ignoresAbort: true, ...options })
  onTestFinished(() => expect(adapter.violations).toEqual([]))
  return adapter
}
