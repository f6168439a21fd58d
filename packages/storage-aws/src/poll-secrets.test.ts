import { sampleRecord } from '@holdfast/testkit'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { wireError } from '../test/support/documented-client.ts'
import { openDocumented } from '../test/support/open-documented.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] })
  // No jitter, so that it is known which polls lie in an interval.
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** Begins a watch, and answers what it has told since the last question. */
const watching = async (aws: ReturnType<typeof openDocumented>) => {
  const told: string[] = []
  const outcome = { error: undefined as unknown }
  const watch = async (): Promise<void> => {
    for await (const { type, id, version = '' } of aws.storage.watch()) told.push(`${type} ${id} ${version}`.trim())
  }
  watch().catch((error: unknown) => {
    outcome.error = error
  })
  await vi.advanceTimersByTimeAsync(10)
  return { told: () => told.splice(0), outcome }
}
const interval = 1000

const open = () => openDocumented({ watchIntervalMs: 1000 })

it('asks about what differs and nothing else', async () => {
  const aws = open()
  for (const id of ['a', 'b', 'c']) await aws.storage.store(id, sampleRecord(id))
  await vi.advanceTimersByTimeAsync(5000)
  const watch = await watching(aws)
  expect(watch.told()).toEqual([])
  aws.actions()
  await vi.advanceTimersByTimeAsync(interval)
  expect(aws.actions()).toEqual(['ListSecrets'])
  const { version } = await aws.storage.store('b', sampleRecord('b'))
  await aws.storage.delete('c')
  aws.actions()
  await vi.advanceTimersByTimeAsync(interval)
  expect(aws.actions()).toEqual(['ListSecrets', 'DescribeSecret', 'DescribeSecret'])
  expect(watch.told().sort()).toEqual(['deleted c', `stored b ${version}`])
  await aws.storage.close()
})

it('is not led astray by a listing that is minutes old', async () => {
  const aws = open()
  await aws.storage.store('a', sampleRecord('a'))
  await aws.storage.store('gone', sampleRecord('gone'))
  const stale = aws.service.answer('ListSecrets', {})
  await vi.advanceTimersByTimeAsync(5000)
  const watch = await watching(aws)
  const { version } = await aws.storage.store('a', sampleRecord('a'))
  await aws.storage.delete('gone')
  await aws.storage.store('new', sampleRecord('new'))
  await vi.advanceTimersByTimeAsync(interval)
  expect(watch.told()).toHaveLength(3)
  // Answers come from before all that for a while.
  aws.after = ({ action }) => (action === 'ListSecrets' ? { status: 200, body: stale } : undefined)
  await vi.advanceTimersByTimeAsync(3 * interval)
  expect(watch.told()).toEqual([])
  aws.after = () => undefined
  await vi.advanceTimersByTimeAsync(interval)
  expect(watch.told()).toEqual([])
  expect((await aws.storage.retrieve('a')).version).toBe(version)
  await aws.storage.close()
})

it('tells what others store while its first poll is under way, also by other tools', async () => {
  const aws = open()
  await aws.storage.store('old', sampleRecord('old'))
  await vi.advanceTimersByTimeAsync(10_000)
  const other = openDocumented({}, aws.service)
  aws.before = async ({ action }) => {
    if (action !== 'ListSecrets') return undefined
    aws.before = () => undefined
    await other.storage.store('theirs', sampleRecord('theirs'))
    aws.service.answer('CreateSecret', { Name: 'holdfast/console', SecretString: 'x' })
    return undefined
  }
  const watch = await watching(aws)
  expect(
    watch
      .told()
      .map((line) => line.split(' ', 2).join(' '))
      .sort(),
  ).toEqual(['stored console', 'stored theirs'])
  await aws.storage.close()
})

it('goes on after a failure that passes, and ends with one that does not', async () => {
  const aws = open()
  const watch = await watching(aws)
  aws.before = ({ action }) => (action === 'ListSecrets' ? wireError('ThrottlingException') : undefined)
  await aws.storage.store('a', sampleRecord('a'))
  await vi.advanceTimersByTimeAsync(3 * interval)
  expect([watch.told(), watch.outcome.error]).toEqual([[], undefined])
  aws.before = () => undefined
  await vi.advanceTimersByTimeAsync(interval)
  expect(watch.told()).toHaveLength(1)
  aws.before = () => wireError('AccessDeniedException')
  await vi.advanceTimersByTimeAsync(interval)
  expect(watch.outcome.error).toMatchObject({
    code: 'PERMISSION_DENIED',
    operation: 'watch',
    details: { action: 'secretsmanager:ListSecrets' },
  })
  await aws.storage.close()
})
