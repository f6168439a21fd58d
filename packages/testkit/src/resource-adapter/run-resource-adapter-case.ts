import { within } from '../within.ts'
import type {
  ResourceAdapterCase,
  ResourceAdapterFixture,
  ResourceAdapterHarness,
  ResourceAdapterNeed,
  ResourceAdapterSubject,
} from './resource-adapter-harness.ts'
import { untilOpen } from './until-open.ts'

/** Defaults of {@link ResourceAdapterHarness}. */
const defaultPatienceMs = 20_000
const defaultPromptMs = 2000

/**
 * Runs one case on an adapter made for it, without any test runner. Answers why the case was skipped, or undefined when it
 * passed; rejects when it failed, or left something open.
 */
export const runResourceAdapterCase = async <T>(
  harness: ResourceAdapterHarness<T>,
  { needs = [], run }: ResourceAdapterCase,
): Promise<string | undefined> => {
  const { patienceMs = defaultPatienceMs, promptMs = defaultPromptMs } = harness
  const fixture = await harness.create()
  const { adapter, open, credentials = {} } = fixture
  const left = new Set<T>()
  const destroyLeft = (): Promise<unknown> =>
    within(Promise.allSettled([...left].map(async (each) => adapter.destroy(each, {}))), patienceMs, 'destroy')
  try {
    const missing = needs.find((need) => !has(harness, fixture, need))
    if (missing !== undefined) return reasonOf(missing, adapter.name)
    const before = await open()
    const subject: ResourceAdapterSubject<T> = {
      ...fixture,
      credentials,
      createPool: harness.createPool,
      patienceMs,
      promptMs,
      async create(options) {
        const resource = await adapter.create({ credentials, signal: new AbortController().signal, ...options })
        left.add(resource)
        return resource
      },
      async destroy(resource) {
        left.delete(resource)
        await adapter.destroy(resource, {})
      },
    }
    try {
      await run(subject)
    } catch (error) {
      await destroyLeft().catch(() => {})
      throw error
    }
    await destroyLeft()
    await untilOpen(subject, before, 'after everything was destroyed')
    return undefined
  } finally {
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
