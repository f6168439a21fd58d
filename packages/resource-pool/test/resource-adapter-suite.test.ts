import { AssertionError } from 'node:assert/strict'
import { HoldfastError } from '@holdfast/contracts'
import {
  createFakeResourceAdapter,
  type FakeResource,
  type ResourceAdapterCase,
  type ResourceAdapterHarness,
  resourceAdapterCases,
  runResourceAdapterCase,
  testResourceAdapter,
} from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { brokenAdapters } from './broken-adapters/broken-adapters.ts'
import { fakeAdapterHarness } from './fake-adapter-harness.ts'

testResourceAdapter(fakeAdapterHarness('the fake'))

it('the smallest adapter passes what applies, and of the rest it is said why it does not', async () => {
  const harness: ResourceAdapterHarness<FakeResource> = {
    name: 'smallest',
    async create() {
      const adapter = createFakeResourceAdapter()
      return {
        adapter,
        open: () => adapter.open,
        use: (resource) => resource.use(() => 'done'),
        secrets: [],
        async cleanup() {},
      }
    },
  }
  const reasons = new Set<string>()
  let passed = 0
  for (const testCase of resourceAdapterCases) {
    const reason = await runResourceAdapterCase(harness, testCase)
    if (reason === undefined) passed += 1
    else reasons.add(reason)
  }
  expect(passed).toBe(resourceAdapterCases.filter(({ needs = [] }) => needs.length === 0).length)
  expect([...reasons].sort()).toEqual([
    'fake does not claim isolatesTenants',
    'fake has no health',
    'fake has no isBroken',
    'fake has no reset',
    'fake has no validate',
    'the harness gives no breakResource',
    'the harness gives no createPool',
    'the harness gives no stains',
    'the harness gives no stall',
    'the harness gives no unreachable',
    'the harness gives no wrongCredentials',
  ])
})

it('a case that fails destroys what it made and says how it failed; one that leaves something open has failed', async () => {
  const opened: (() => number | Promise<number>)[] = []
  const harness = {
    ...fakeAdapterHarness('runner', undefined, (fixture) => {
      opened.push(fixture.open)
      return fixture
    }),
    patienceMs: 50,
  }
  const failing: ResourceAdapterCase = {
    name: 'fails',
    async run({ create }) {
      await create()
      throw new TypeError('as planned')
    },
  }
  await expect(runResourceAdapterCase(harness, failing)).rejects.toThrow('as planned')
  expect(await opened[0]?.()).toBe(0)
  const leaving: ResourceAdapterCase = {
    name: 'leaves',
    async run({ adapter, credentials }) {
      await adapter.create({ credentials, signal: new AbortController().signal })
    },
  }
  await expect(runResourceAdapterCase(harness, leaving)).rejects.toThrow('1 open instead of 0')
})

it.each(brokenAdapters.map((broken) => [broken.defect, broken] as const))(
  'the suite finds an adapter that %s',
  async (defect, { foundBy, isHarmful = false, spoil, spoilFixture }) => {
    const harness = fakeAdapterHarness(defect, spoil, spoilFixture)
    const isExpected = ({ name }: ResourceAdapterCase): boolean => foundBy.some((each) => name.startsWith(each))
    const cases = isHarmful ? resourceAdapterCases.filter(isExpected) : resourceAdapterCases
    // Those that have to fail may do so by waiting in vain; the others have the time that a busy machine takes.
    const hasty = { ...harness, patienceMs: 300, promptMs: 300 }
    const results = await Promise.allSettled(
      cases.map((testCase) => runResourceAdapterCase(isExpected(testCase) ? hasty : harness, testCase)),
    )
    const failed = cases.filter((_case, index) => results[index]?.status === 'rejected')
    expect(failed.map(({ name }) => name)).toEqual(resourceAdapterCases.filter(isExpected).map(({ name }) => name))
    // Anything else would be a fault of the suite, not one of the adapter that it found.
    for (const result of results.filter(({ status }) => status === 'rejected'))
      expect(result).toSatisfy(({ reason }) => reason instanceof AssertionError || HoldfastError.is(reason))
  },
)

it('every case is one that finds some defect', () => {
  const unproven = resourceAdapterCases.filter(
    ({ name }) => !brokenAdapters.some(({ foundBy }) => foundBy.some((beginning) => name.startsWith(beginning))),
  )
  expect(unproven.map(({ name }) => name)).toEqual([])
})
