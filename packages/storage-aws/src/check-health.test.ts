import { createFakeClock, expectRejection } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { wireError } from '../test/support/documented-client.ts'
import { openDocumented } from '../test/support/open-documented.ts'

it('is up when AWS knows nothing of a secret that cannot exist', async () => {
  const aws = openDocumented({ prefix: 'shop' })
  expect(await aws.storage.health()).toMatchObject({ status: 'up' })
  expect(aws.requests.map(({ action, body }) => [action, body.SecretId])).toEqual([['DescribeSecret', 'shop/=probe']])
})

it.each([
  ['AccessDeniedException', /"Action":"secretsmanager:DescribeSecret"/],
  ['UnrecognizedClientException', /does not accept the credentials/],
  ['ThrottlingException', /takes no more requests/],
])('is down with the reason for %s', async (name, reason) => {
  const aws = openDocumented()
  aws.before = () => wireError(name)
  expect(await aws.storage.health()).toMatchObject({ status: 'down', reason: expect.stringMatching(reason) })
})

it('is down after a second and a half without an answer, and leaves no timer', async () => {
  const clock = createFakeClock()
  const aws = openDocumented({ clock })
  aws.before = () => new Promise(() => {})
  const report = aws.storage.health()
  await clock.advanceAsync(1499)
  expect(clock.pendingTimers).toBe(1)
  await clock.advanceAsync(1)
  expect(await report).toMatchObject({ status: 'down', latencyMs: 1500, reason: expect.stringContaining('1500 ms') })
  expect(clock.pendingTimers).toBe(0)
})

it('rejects when it is given up, and only then', async () => {
  const aws = openDocumented()
  const controller = new AbortController()
  aws.before = () => new Promise(() => {})
  const report = aws.storage.health({ signal: controller.signal })
  controller.abort()
  await expectRejection(() => report, { code: 'CANCELLED', operation: 'health' })
})
