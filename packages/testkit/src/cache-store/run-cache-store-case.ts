import type { CacheStoreCase, CacheStoreHarness } from './cache-store-harness.ts'

/** Default of {@link CacheStoreHarness.patienceMs}. */
const defaultPatienceMs = 20_000

/**
 * Runs one case on a store made for it, without any test runner. Answers why the case was skipped, or undefined when it
 * passed; rejects when it failed.
 */
export const runCacheStoreCase = async (
  { create, patienceMs = defaultPatienceMs }: CacheStoreHarness,
  { needs = [], run }: CacheStoreCase,
): Promise<string | undefined> => {
  const { store, advance, cleanup } = await create()
  try {
    const missing = needs.find((need) => !store.capabilities[need])
    if (missing !== undefined) return `${store.name} does not claim ${missing}`
    await run({ store, advance, patienceMs })
    return undefined
  } finally {
    await cleanup()
  }
}
