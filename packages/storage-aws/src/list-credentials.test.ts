import { collect, expectRejection, sampleRecord } from '@holdfast/testkit'
import { expect, it, vi } from 'vitest'
import { wireError } from '../test/support/documented-client.ts'
import { openDocumented } from '../test/support/open-documented.ts'

const silent = { debug() {}, info() {}, error() {} }

const filled = async (count: number, options = {}) => {
  const aws = openDocumented(options)
  const ids = Array.from({ length: count }, (_, index) => `id/${String(index).padStart(3, '0')}`)
  for (const id of ids) await aws.storage.store(id, sampleRecord(id), { ifVersion: null })
  aws.actions()
  return { aws, ids }
}

it('takes one request for 100 ids, and one more for the metadata of 20', async () => {
  const { aws, ids } = await filled(250)
  expect((await collect(aws.storage.list({ include: 'id' }))).map(({ id }) => id)).toEqual(ids)
  expect(aws.actions()).toEqual(['ListSecrets', 'ListSecrets', 'ListSecrets'])
  expect((await collect(aws.storage.list())).map(({ metadata }) => metadata?.id)).toEqual(ids)
  expect(aws.actions().filter((action) => action === 'BatchGetSecretValue')).toHaveLength(13)
})

it('asks AWS only for names that can match, and sees nothing of other prefixes', async () => {
  const { aws } = await filled(3, { prefix: 'shop' })
  const other = openDocumented({ prefix: 'shop2' }, aws.service)
  const below = openDocumented({ prefix: 'shop/below' }, aws.service)
  const none = openDocumented({ prefix: '' }, aws.service)
  await other.storage.store('id/000', sampleRecord('id/000'))
  await below.storage.store('x', sampleRecord('x'))
  expect(await collect(aws.storage.list({ prefix: 'id/00', include: 'id' }))).toHaveLength(3)
  expect(aws.requests.at(-1)?.body.Filters).toEqual([{ Key: 'name', Values: ['shop/id/00', 'shop/=h'] }])
  expect(await collect(other.storage.list({ include: 'id' }))).toEqual([{ id: 'id/000' }])
  // Prefixes that lie in each other are seen from above, as ids of somebody else.
  const seen = await collect(aws.storage.list({ prefix: 'below' }))
  expect(seen).toEqual([{ id: 'below/x', version: expect.any(String) }])
  expect(await collect(none.storage.list({ include: 'id' }))).toHaveLength(5)
})

it('lists what it cannot read without metadata, with a warning, and nothing of it matches a filter', async () => {
  const warn = vi.fn()
  const { aws, ids } = await filled(3, { logger: { ...silent, warn } })
  const put = (Name: string, SecretString: string) => aws.service.answer('CreateSecret', { Name, SecretString })
  put('holdfast/foreign', '{"username":"planted-user"}')
  put('holdfast/not=3A-ours', 'x')
  put('holdfast/later', '{"holdfast":2}')
  aws.service.answer('CreateSecret', { Name: 'holdfast/empty' })
  const summaries = await collect(aws.storage.list())
  expect(summaries.filter(({ metadata }) => metadata === undefined).map(({ id }) => id)).toEqual(['foreign', 'later'])
  expect(summaries).toHaveLength(5)
  expect(JSON.stringify([summaries, warn.mock.calls])).not.toContain('planted')
  expect(warn).toHaveBeenCalledTimes(2)
  expect(await collect(aws.storage.list({ tags: {} }))).toHaveLength(5)
  expect(await collect(aws.storage.list({ tags: { a: 'b' } }))).toEqual([])
  await expectRejection(() => aws.storage.retrieve('foreign'), {
    code: 'DATA_LOSS',
    reason: 'UNREADABLE',
    operation: 'retrieve',
    secrets: ['planted'],
  })
  await expectRejection(() => aws.storage.retrieve('empty'), { code: 'NOT_FOUND', operation: 'retrieve' })
  expect(await aws.storage.exists('empty')).toBe(false)
  await expectRejection(() => aws.storage.store('empty', sampleRecord('empty'), { ifVersion: null }), {
    code: 'CONFLICT',
    operation: 'store',
  })
  await aws.storage.store('foreign', sampleRecord('foreign'))
  expect((await collect(aws.storage.list())).filter(({ id }) => ids.includes(id))).toHaveLength(3)
})

it('leaves out what has gone since, shows what may not be read, and fails when AWS does', async () => {
  const warn = vi.fn()
  const { aws } = await filled(4, { logger: { ...silent, warn } })
  const errorFor = (Name: string, ErrorCode: string) => ({ SecretId: `holdfast/${Name}`, ErrorCode, Message: 'x' })
  const answering = (...Errors: readonly ReturnType<typeof errorFor>[]) => {
    aws.after = ({ action, body }) => {
      if (action !== 'BatchGetSecretValue') return undefined
      const failed = Errors.map(({ SecretId }) => SecretId)
      // The driver's own request.
      const SecretIdList = (body.SecretIdList as readonly string[]).filter((name) => !failed.includes(name))
      return { status: 200, body: { ...aws.service.answer(action, { SecretIdList }), Errors } }
    }
  }
  answering(
    errorFor('id/000', 'ResourceNotFoundException'),
    errorFor('id/001', 'InvalidRequestException'),
    errorFor('id/002', 'AccessDeniedException'),
  )
  const summaries = await collect(aws.storage.list())
  expect(summaries.map(({ id, metadata }) => [id, metadata === undefined])).toEqual([
    ['id/002', true],
    ['id/003', false],
  ])
  expect(warn).toHaveBeenCalledTimes(1)
  answering(errorFor('id/000', 'InternalServiceError'))
  await expectRejection(() => collect(aws.storage.list()), { code: 'UNAVAILABLE', operation: 'list' })
})

it('reads again, by its label, what comes back as another version', async () => {
  const { aws } = await filled(2)
  aws.after = ({ action, body }) => {
    if (action !== 'BatchGetSecretValue') return undefined
    const answer = aws.service.answer(action, body)
    // The answer of the documented service.
    const values = answer.SecretValues as readonly Record<string, unknown>[]
    const SecretValues = values.map((value) => ({ ...value, SecretString: 'old', VersionStages: ['AWSPREVIOUS'] }))
    return { status: 200, body: { SecretValues, Errors: [] } }
  }
  expect((await collect(aws.storage.list())).map(({ metadata }) => metadata?.id)).toEqual(['id/000', 'id/001'])
})

it('follows an answer that AWS gives in parts, and yields nothing twice', async () => {
  const { aws } = await filled(3)
  let parts = 0
  aws.after = ({ action, body }) => {
    if (action === 'BatchGetSecretValue' && body.NextToken === undefined) {
      // The driver's own request.
      const [first = '', ...rest] = body.SecretIdList as readonly string[]
      parts += 1
      const answer = aws.service.answer(action, { SecretIdList: [first] })
      return { status: 200, body: { ...answer, NextToken: rest.join() } }
    }
    if (action !== 'ListSecrets') return undefined
    const answer = aws.service.answer(action, { ...body, NextToken: undefined })
    return { status: 200, body: { ...answer, NextToken: body.NextToken === undefined ? 'again' : '' } }
  }
  expect((await collect(aws.storage.list())).map(({ id }) => id)).toEqual(['id/000', 'id/001', 'id/002'])
  expect(parts).toBe(1)
})

it('a reader who leaves early is not asked for more', async () => {
  const { aws } = await filled(250)
  for await (const _ of aws.storage.list()) break
  await new Promise((resolve) => setImmediate(resolve))
  expect(aws.actions()).toEqual(['ListSecrets', 'BatchGetSecretValue', 'BatchGetSecretValue'])
  aws.before = ({ action }) => (action === 'BatchGetSecretValue' ? wireError('AccessDeniedException') : undefined)
  await expectRejection(() => collect(aws.storage.list()), { code: 'PERMISSION_DENIED', operation: 'list' })
})
