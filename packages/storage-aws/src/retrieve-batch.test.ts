import { expectRejection, sampleRecord, sampleText } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { wireError } from '../test/support/documented-client.ts'
import { openDocumented } from '../test/support/open-documented.ts'

const filled = async (count: number) => {
  const aws = openDocumented()
  const ids = Array.from({ length: count }, (_, index) => `id/${index}`)
  for (const id of ids) await aws.storage.store(id, sampleRecord(id), { ifVersion: null })
  aws.actions()
  return { aws, ids }
}

it('reads 20 in a request, in the order of the ids', async () => {
  const { aws, ids } = await filled(45)
  const { items, succeeded } = await aws.storage.retrieveBatch(ids.toReversed())
  expect(items.map((item) => item.ok && sampleText(item.value.value))).toEqual(ids.toReversed())
  expect(succeeded).toBe(45)
  expect(aws.actions()).toEqual(['BatchGetSecretValue', 'BatchGetSecretValue', 'BatchGetSecretValue'])
  expect(await aws.storage.retrieveBatch([])).toEqual({ items: [], succeeded: 0, failed: 0 })
})

it('gives each its own outcome', async () => {
  const { aws } = await filled(3)
  await aws.storage.delete('id/1')
  aws.service.answer('CreateSecret', { Name: 'holdfast/foreign', SecretString: 'planted-foreign' })
  const { items, failed } = await aws.storage.retrieveBatch(['id/0', 'id/1', 'absent', 'foreign', 'a//b', 'id/2'])
  expect(items.map((item) => (item.ok ? item.value.metadata.id : item.error.code))).toEqual([
    'id/0',
    'NOT_FOUND',
    'NOT_FOUND',
    'DATA_LOSS',
    'INVALID_ARGUMENT',
    'id/2',
  ])
  expect(failed).toBe(4)
  expect(JSON.stringify(items)).not.toContain('planted')
})

it('tells the failure of a request with each of its items, and what has to be allowed', async () => {
  const { aws, ids } = await filled(2)
  aws.before = () => wireError('AccessDeniedException')
  const { items } = await aws.storage.retrieveBatch(ids)
  for (const item of items) {
    expect(item.ok ? undefined : item.error).toMatchObject({
      code: 'PERMISSION_DENIED',
      operation: 'retrieveBatch',
      details: { action: 'secretsmanager:BatchGetSecretValue', resource: '*' },
    })
  }
})

it('refuses an id twice, what is cancelled, and everything after close', async () => {
  const { aws, ids } = await filled(2)
  await expectRejection(() => aws.storage.retrieveBatch(['a', 'a']), {
    code: 'INVALID_ARGUMENT',
    reason: 'DUPLICATE_IDS',
    operation: 'retrieveBatch',
  })
  const { items } = await aws.storage.retrieveBatch(ids, { signal: AbortSignal.abort() })
  expect(items.map((item) => (item.ok ? '' : item.error.code))).toEqual(['CANCELLED', 'CANCELLED'])
  expect(aws.actions()).toEqual([])
  await aws.storage.close()
  await expectRejection(() => aws.storage.retrieveBatch(ids), { code: 'CLOSED', operation: 'retrieveBatch' })
})
