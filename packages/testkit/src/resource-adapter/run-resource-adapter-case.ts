import type { CreateOptions } from '@holdfast/contracts/resources'
import type {
  ResourceAdapterCase,
  ResourceAdapterFixture,
  ResourceAdapterHarness,
  ResourceAdapterNeed,
} from './resource-adapter-harness.ts'

/** Defaults of {@link ResourceAdapterHarness}. */
const defaultPatienceMs = 20_000
const defaultPromptMs = 2000

/**
 * Runs one case on an adapter made for it, without any test runner. Answers why the case was skipped, or undefined when it
 * passed; rejects when it failed.
 */
export const runResourceAdapterCase = async <T>(
  harness: ResourceAdapterHarness<T>,
  { needs = [], run }: ResourceAdapterCase,
): Promise<string | undefined> => {
  const fixture = await harness.create()
  const left = new Set<T>()
  try {
    const missing = needs.find((need) => !has(harness, fixture, need))
    if (missing !== undefined) return reasonOf(missing, fixture.adapter.name)
    const { adapter, credentials = {} } = fixture
    await run({
      ...fixture,
      credentials,
      createPool: harness.createPool,
      patienceMs: harness.patienceMs ?? defaultPatienceMs,
      promptMs: harness.promptMs ?? defaultPromptMs,
      async create(options?: Partial<CreateOptions>) {
        const resource = await adapter.create({ credentials, signal: new AbortController().signal, ...options })
        left.add(resource)
        return resource
      },
      async destroy(resource) {
        left.delete(resource)
        await adapter.destroy(resource, {})
      },
    })
    return undefined
  } finally {
    // Those of a case that failed may be broken: that they can be destroyed all the same is a case of its own.
    await Promise.allSettled([...left].map((resource) => fixture.adapter.destroy(resource, {})))
    await fixture.cleanup()
  }
}

const ofAdapter = ['validate', 'reset', 'isBroken', 'health'] as const

const isOfAdapter = (need: ResourceAdapterNeed): need is (typeof ofAdapter)[number] =>
  ofAdapter.some((name) => name === need)

const has = <T>(
  harness: ResourceAdapterHarness<T>,
  fixture: ResourceAdapterFixture<T>,
  need: ResourceAdapterNeed,
): boolean => {
  if (isOfAdapter(need)) return fixture.adapter[need] !== undefined
  if (need === 'isolatesTenants') return fixture.adapter.isolatesTenants === true
  if (need === 'createPool') return harness.createPool !== undefined
  return fixture[need] !== undefined
}

const reasonOf = (need: ResourceAdapterNeed, adapter: string): string => {
  if (isOfAdapter(need)) return `${adapter} has no ${need}`
  if (need === 'isolatesTenants') return `${adapter} does not claim ${need}`
  return `the harness gives no ${need}`
}
