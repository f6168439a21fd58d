import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { HoldfastError } from '@holdfast/contracts'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { collect, createFakeClock, expectRejection, sampleRecord, sampleText } from '@holdfast/testkit'
import { describe, expect, it, vi } from 'vitest'
import { wireError } from '../test/support/documented-client.ts'
import { openDocumented } from '../test/support/open-documented.ts'
import { createAwsStorage } from './aws-storage.ts'
import { createWriteLimiter } from './write-limiter.ts'

const silent = { debug() {}, info() {}, error() {} }

describe('what goes over the wire', () => {
  it('a new credential is a secret with its tags and key, and costs two requests', async () => {
    const aws = openDocumented({ prefix: 'shop', kmsKeyId: 'alias/mine', defaultTags: { owner: 'us' } })
    const { version } = await aws.storage.store(
      'db:main',
      sampleRecord('db:main', { tags: { env: 'prod', 'q"': 'x' } }),
    )
    expect(aws.requests.map(({ action }) => action)).toEqual(['PutSecretValue', 'CreateSecret'])
    expect(aws.requests[1]?.body).toMatchObject({
      Name: 'shop/db=3amain',
      KmsKeyId: 'alias/mine',
      ClientRequestToken: version,
      Tags: [
        { Key: 'owner', Value: 'us' },
        { Key: 'env', Value: 'prod' },
      ],
    })
    expect(aws.requests[1]?.body).not.toHaveProperty('Description')
  })

  it('a long id stands in the description', async () => {
    const aws = openDocumented()
    const id = 'é'.repeat(256)
    await aws.storage.store(id, sampleRecord(id))
    expect(aws.requests[1]?.body).toMatchObject({ Name: expect.stringMatching(/^holdfast\/=h/), Description: id })
  })

  it('one that is there costs one request to write, one to read, one to ask for', async () => {
    const aws = openDocumented()
    await aws.storage.store('db', sampleRecord('db'))
    aws.actions()
    await aws.storage.store('db', sampleRecord('db'))
    expect(aws.actions()).toEqual(['PutSecretValue'])
    await aws.storage.retrieve('db')
    expect(aws.actions()).toEqual(['GetSecretValue'])
    await aws.storage.exists('db')
    expect(aws.actions()).toEqual(['DescribeSecret'])
    await aws.storage.delete('db')
    expect(aws.actions()).toEqual(['DescribeSecret', 'DeleteSecret'])
  })

  it('a conditional write looks, puts its version aside, and moves the label from the one it expects', async () => {
    const aws = openDocumented()
    const first = await aws.storage.store('db', sampleRecord('db'))
    aws.actions()
    const second = await aws.storage.store('db', sampleRecord('db'), { ifVersion: first.version })
    expect(aws.requests.slice(1).map(({ body }) => body)).toEqual([
      expect.objectContaining({ ClientRequestToken: second.version, VersionStages: ['holdfast-pending'] }),
      expect.objectContaining({
        VersionStage: 'AWSCURRENT',
        RemoveFromVersionId: first.version,
        MoveToVersionId: second.version,
      }),
    ])
    expect(aws.actions()).toEqual(['DescribeSecret', 'PutSecretValue', 'UpdateSecretVersionStage'])
    await aws.storage.store('new', sampleRecord('new'), { ifVersion: null })
    expect(aws.actions()).toEqual(['CreateSecret'])
  })

  it('who comes late leaves no version, who loses by a moment takes its label back', async () => {
    const aws = openDocumented()
    const { version } = await aws.storage.store('db', sampleRecord('db'))
    await aws.storage.store('db', sampleRecord('db'))
    aws.actions()
    const conflict = { code: 'CONFLICT', reason: 'VERSION_MISMATCH', operation: 'store' } as const
    const write = (ifVersion: string) => aws.storage.store('db', sampleRecord('db'), { ifVersion })
    await expectRejection(() => write(version), conflict)
    expect(aws.actions()).toEqual(['DescribeSecret'])

    const current = (await aws.storage.retrieve('db')).version
    aws.actions()
    aws.before = async ({ action }) => {
      if (action !== 'UpdateSecretVersionStage') return undefined
      aws.before = () => undefined
      await aws.storage.store('db', sampleRecord('db', { value: 'faster' }))
      return undefined
    }
    await expectRejection(() => write(current), conflict)
    expect(aws.actions()).toEqual([
      'DescribeSecret',
      'PutSecretValue',
      'UpdateSecretVersionStage',
      'PutSecretValue',
      'DescribeSecret',
      'UpdateSecretVersionStage',
    ])
    const { versions } = aws.service.secrets.get('holdfast/db') ?? { versions: new Map() }
    expect([...versions.values()].flatMap(({ stages }) => [...stages]).sort()).toEqual(['AWSCURRENT', 'AWSPREVIOUS'])
    expect(sampleText((await aws.storage.retrieve('db')).value)).toBe('faster')
  })

  it('a secret never has more labels than the current one, the one before and one that is pending', async () => {
    const aws = openDocumented()
    let { version } = await aws.storage.store('db', sampleRecord('db'))
    for (let write = 0; write < 30; write++) {
      version = (await aws.storage.store('db', sampleRecord('db'), { ifVersion: version })).version
      // A writer that died before it could move the label.
      aws.before = ({ action }) =>
        action === 'UpdateSecretVersionStage' ? wireError('InternalServiceError', '', 500) : undefined
      await aws.storage.store('db', sampleRecord('db'), { ifVersion: version }).catch(() => {})
      aws.before = () => undefined
    }
    const { versions } = aws.service.secrets.get('holdfast/db') ?? { versions: new Map() }
    const labels = [...versions.values()].flatMap(({ stages }) => [...stages])
    expect(labels.sort()).toEqual(['AWSCURRENT', 'AWSPREVIOUS', 'holdfast-pending'])
  })
})

describe('deleting', () => {
  it('on a condition moves the label to a tombstone first, and deletes then', async () => {
    const aws = openDocumented()
    const { version } = await aws.storage.store('db', sampleRecord('db'))
    aws.actions()
    await aws.storage.delete('db', { ifVersion: version })
    expect(aws.actions()).toEqual([
      'DescribeSecret',
      'PutSecretValue',
      'UpdateSecretVersionStage',
      'DeleteSecret',
      'DescribeSecret',
    ])
    expect(await collect(aws.storage.listDeleted())).toMatchObject([{ id: 'db' }])
    await aws.storage.recover('db')
    expect(sampleText((await aws.storage.retrieve('db')).value)).toBe('db')
    expect(await aws.storage.history('db')).toHaveLength(2)
  })

  /** A conditional delete whose process died between the tombstone and the deletion. */
  const interrupted = async (recoveryWindowDays = 30) => {
    const aws = openDocumented({ recoveryWindowDays })
    const { version } = await aws.storage.store('db', sampleRecord('db'))
    aws.before = ({ action }) => (action === 'DeleteSecret' ? wireError('InternalServiceError', '', 500) : undefined)
    const error = await expectRejection(() => aws.storage.delete('db', { ifVersion: version }), {
      code: 'UNAVAILABLE',
      operation: 'delete',
    })
    expect(error.details.outcome).toBe('unknown')
    aws.before = () => undefined
    aws.actions()
    return { aws, version }
  }

  it('that was interrupted is done for every reader', async () => {
    const { aws, version } = await interrupted()
    const missing = { code: 'NOT_FOUND' } as const
    await expectRejection(() => aws.storage.retrieve('db'), { ...missing, operation: 'retrieve' })
    await expectRejection(() => aws.storage.retrieve('db', { version }), { ...missing, operation: 'retrieve' })
    await expectRejection(() => aws.storage.history('db'), { ...missing, operation: 'history' })
    expect(await aws.storage.exists('db')).toBe(false)
    expect(await collect(aws.storage.list())).toEqual([])
    expect(await collect(aws.storage.list({ include: 'id' }))).toEqual([])
    expect(await collect(aws.storage.listDeleted())).toMatchObject([{ id: 'db' }])
    expect(await aws.storage.delete('db')).toEqual({ deleted: false })
    expect(aws.service.secrets.get('holdfast/db')?.deletedAt).toBeDefined()
  })

  it('that was interrupted is finished by who creates there, and the name is reserved', async () => {
    const { aws } = await interrupted()
    const error = await expectRejection(() => aws.storage.store('db', sampleRecord('db'), { ifVersion: null }), {
      code: 'ALREADY_EXISTS',
      reason: 'NAME_RESERVED',
      operation: 'store',
    })
    expect(Date.parse(String(error.details.until))).toBeGreaterThan(Date.now() + 29 * 86_400_000)
    expect(aws.service.secrets.get('holdfast/db')?.deletedAt).toBeDefined()
  })

  it('that was interrupted can be written over, recovered and purged', async () => {
    const over = await interrupted()
    await over.aws.storage.store('db', sampleRecord('db', { value: 'new' }))
    expect(sampleText((await over.aws.storage.retrieve('db')).value)).toBe('new')
    const back = await interrupted()
    await back.aws.storage.recover('db')
    expect(sampleText((await back.aws.storage.retrieve('db')).value)).toBe('db')
    const gone = await interrupted()
    expect(await gone.aws.storage.purge('db')).toEqual({ purged: true })
    expect(gone.aws.service.secrets.size).toBe(0)
  })

  it('that was interrupted is finished for good by a storage without a window', async () => {
    const { aws } = await interrupted(0)
    await expectRejection(() => aws.storage.store('db', sampleRecord('db'), { ifVersion: null }), {
      code: 'UNAVAILABLE',
      operation: 'store',
    })
    expect(aws.service.secrets.size).toBe(0)
    await aws.storage.store('db', sampleRecord('db'), { ifVersion: null })
  })

  it.each([0, 30])(
    'takes the deletion back when somebody wrote over the tombstone (window of %d days)',
    async (days) => {
      const aws = openDocumented({ recoveryWindowDays: days })
      const { version } = await aws.storage.store('db', sampleRecord('db'))
      aws.before = async ({ action }) => {
        if (action !== 'DeleteSecret') return undefined
        aws.before = () => undefined
        await aws.storage.store('db', sampleRecord('db', { value: 'in between' }))
        return undefined
      }
      expect(await aws.storage.delete('db', { ifVersion: version })).toEqual({ deleted: true })
      expect(sampleText((await aws.storage.retrieve('db')).value)).toBe('in between')
    },
  )

  it('is not recovered over what somebody wrote as soon as it was restored', async () => {
    const aws = openDocumented()
    await aws.storage.store('db', sampleRecord('db'))
    await aws.storage.delete('db')
    aws.before = async ({ action }) => {
      if (action !== 'GetSecretValue') return undefined
      aws.before = () => undefined
      await aws.storage.store('db', sampleRecord('db', { value: 'new' }))
      return undefined
    }
    await expectRejection(() => aws.storage.recover('db'), { code: 'CONFLICT', operation: 'recover' })
    expect(sampleText((await aws.storage.retrieve('db')).value)).toBe('new')
  })

  it('of what never had a value is not undone, and says so', async () => {
    const aws = openDocumented()
    aws.service.answer('CreateSecret', { Name: 'holdfast/empty' })
    aws.service.answer('DeleteSecret', { SecretId: 'holdfast/empty' })
    await expectRejection(() => aws.storage.recover('empty'), {
      code: 'NOT_FOUND',
      reason: 'VERSION_UNKNOWN',
      operation: 'recover',
    })
  })

  it('says it was nobody when somebody else was faster', async () => {
    const aws = openDocumented()
    await aws.storage.store('db', sampleRecord('db'))
    aws.before = async ({ action }) => {
      if (action !== 'DeleteSecret') return undefined
      aws.before = () => undefined
      await aws.storage.delete('db')
      return undefined
    }
    expect(await aws.storage.delete('db')).toEqual({ deleted: false })
  })

  it('for good leaves nothing, and recovery is refused', async () => {
    const aws = openDocumented({ recoveryWindowDays: 0 })
    const { version } = await aws.storage.store('a', sampleRecord('a'))
    await aws.storage.store('b', sampleRecord('b'))
    expect(await aws.storage.delete('a', { ifVersion: version })).toEqual({ deleted: true })
    expect(await aws.storage.delete('b')).toEqual({ deleted: true })
    expect(await aws.storage.delete('b')).toEqual({ deleted: false })
    expect(aws.service.secrets.size).toBe(0)
    for (const operation of ['recover', 'purge'] as const) {
      await expectRejection(() => aws.storage[operation]('a'), { code: 'UNSUPPORTED', operation })
    }
    await expectRejection(() => collect(aws.storage.listDeleted()), { code: 'UNSUPPORTED', operation: 'listDeleted' })
  })

  it('says that AWS is still removing what was there', async () => {
    const aws = openDocumented()
    aws.before = ({ action }) =>
      action === 'CreateSecret' ? wireError('InvalidRequestException', 'already scheduled for deletion') : undefined
    for (const ifVersion of [undefined, null]) {
      await expectRejection(() => aws.storage.store('db', sampleRecord('db'), { ifVersion }), {
        code: 'UNAVAILABLE',
        operation: 'store',
      })
    }
    aws.before = ({ action }) => (action === 'CreateSecret' ? wireError('ResourceExistsException', '') : undefined)
    await expectRejection(() => aws.storage.store('db', sampleRecord('db')), {
      code: 'UNAVAILABLE',
      operation: 'store',
    })
  })

  it('reads the date of AWS as that of the deletion when it has passed, and as the end of the window when not', async () => {
    const clock = createFakeClock({ wallMs: Date.UTC(2026, 0, 1) })
    const aws = openDocumented({ clock, recoveryWindowDays: 7 })
    const listed = async (DeletedDate: number) => {
      aws.before = ({ action }) => {
        if (action !== 'ListSecrets') return undefined
        const LastChangedDate = Date.UTC(2025, 11, 1) / 1000
        const SecretList = [{ Name: 'holdfast/db', DeletedDate: DeletedDate / 1000, LastChangedDate }]
        return { status: 200, body: { SecretList } }
      }
      return (await collect(aws.storage.listDeleted()))[0]
    }
    expect(await listed(Date.UTC(2025, 11, 30))).toEqual({
      id: 'db',
      deletedAt: '2025-12-30T00:00:00.000Z',
      recoverableUntil: '2026-01-06T00:00:00.000Z',
    })
    expect(await listed(Date.UTC(2026, 0, 5))).toEqual({
      id: 'db',
      deletedAt: '2025-12-29T00:00:00.000Z',
      recoverableUntil: '2026-01-05T00:00:00.000Z',
    })
    // A window longer than ours: not before the last change and not in the future.
    expect((await listed(Date.UTC(2026, 0, 20)))?.deletedAt).toBe('2026-01-01T00:00:00.000Z')
  })
})

describe('outcomes that are not known', () => {
  it.each([
    ['store', undefined, 'PutSecretValue'],
    ['store', null, 'CreateSecret'],
    ['store', 'current', 'UpdateSecretVersionStage'],
    ['delete', undefined, 'DeleteSecret'],
    ['delete', 'current', 'UpdateSecretVersionStage'],
  ] as const)(
    '%s with the condition %s says so when the answer to %s is lost, and only then',
    async (method, condition, decisive) => {
      for (const lost of [
        'PutSecretValue',
        'CreateSecret',
        'UpdateSecretVersionStage',
        'DeleteSecret',
        'DescribeSecret',
      ]) {
        const aws = openDocumented()
        const { version } = condition === null ? { version: '' } : await aws.storage.store('db', sampleRecord('db'))
        aws.after = ({ action }) => (action === lost ? wireError('InternalServiceError', '', 500) : undefined)
        const ifVersion = condition === 'current' ? version : condition
        const work =
          method === 'store'
            ? aws.storage.store('db', sampleRecord('db', { value: 'after' }), { ifVersion })
            : aws.storage.delete('db', { ifVersion: ifVersion ?? undefined })
        const error: unknown = await work.then(
          () => undefined,
          (thrown: unknown) => thrown,
        )
        if (error === undefined) continue
        if (!HoldfastError.is(error)) throw error
        expect(error.code).toBe('UNAVAILABLE')
        // After the tombstone is in place the rest may be missing, and the credential is gone already.
        const isLate =
          method === 'delete' && condition === 'current' && ['DeleteSecret', 'DescribeSecret'].includes(lost)
        if (lost === 'DescribeSecret') continue
        expect(error.details.outcome, lost).toBe(lost === decisive || isLate ? 'unknown' : undefined)
      }
    },
  )

  it('a write that was given up on its way says so, one that waits for its turn does not', async () => {
    const aws = openDocumented({ writesPerSecond: 1 })
    const controller = new AbortController()
    aws.before = async () => {
      controller.abort()
      await new Promise((resolve) => setImmediate(resolve))
      return undefined
    }
    const options = { signal: controller.signal }
    const sent = await expectRejection(() => aws.storage.store('db', sampleRecord('db'), options), {
      code: 'CANCELLED',
      operation: 'store',
    })
    expect(sent.details.outcome).toBe('unknown')
    const waiting = new AbortController()
    const write = aws.storage.store('db', sampleRecord('db'), { signal: waiting.signal })
    waiting.abort()
    const unsent = await expectRejection(() => write, { code: 'CANCELLED', operation: 'store' })
    expect(unsent.details.outcome).toBeUndefined()
  })

  it('a repeated write finds out by its writeId that it has arrived', async () => {
    const aws = openDocumented()
    const { version } = await aws.storage.store('db', sampleRecord('db'))
    const record = sampleRecord('db', { value: 'mine' })
    aws.after = ({ action }) => {
      if (action !== 'UpdateSecretVersionStage') return undefined
      aws.after = () => undefined
      return wireError('InternalServiceError', '', 500)
    }
    await expect(aws.storage.store('db', record, { ifVersion: version })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(aws.storage.store('db', record, { ifVersion: version })).rejects.toMatchObject({ code: 'CONFLICT' })
    const { store } = credentialStorageOperations
    const confirmed = store.kind === 'unary' ? await store.confirm?.(aws.storage, 'db', record, undefined) : undefined
    expect(confirmed).toMatchObject({ version: (await aws.storage.retrieve('db')).version })
  })
})

describe('limits', () => {
  const bytes = (length: number) => sampleRecord('db', { encoding: 'bytes', value: new Uint8Array(length).fill(0xff) })

  it('are those of AWS, less what metadata and base64 take', async () => {
    const aws = openDocumented()
    expect(aws.storage.capabilities.limits).toEqual({ maxValueBytes: 46_080, maxTags: 50, maxIdLength: 512 })
    await aws.storage.store('db', bytes(46_079))
    await aws.storage.store('db', bytes(46_080))
    aws.actions()
    const refused = { code: 'INVALID_ARGUMENT', reason: 'LIMIT_EXCEEDED', operation: 'store' } as const
    await expectRejection(() => aws.storage.store('db', bytes(46_081)), refused)
    expect(aws.actions()).toEqual([])
  })

  it('the longest id and scope fit beside the longest value', async () => {
    const aws = openDocumented()
    const id = '"'.repeat(512)
    // A scope of the greatest length, each character as long in JSON as any.
    const scope = `a:${'"'.repeat(510)}` as Parameters<typeof sampleRecord>[1] extends { scope?: infer S } ? S : never
    await aws.storage.store(
      id,
      sampleRecord(id, { ...bytes(46_080), scope, encoding: 'bytes', value: bytes(46_080).value }),
    )
    expect((await aws.storage.retrieve(id)).value).toHaveLength(46_080)
  })

  it('a document of exactly 65,536 bytes is stored, one byte more is refused before anything is sent', async () => {
    const aws = openDocumented()
    const tagged = (length: number) =>
      sampleRecord('db', { encoding: 'bytes', value: new Uint8Array(46_080), tags: { t: 'x'.repeat(length) } })
    await aws.storage.store('db', tagged(1))
    const used = Buffer.byteLength(String(aws.requests.at(-1)?.body.SecretString))
    const fitting = 1 + 65_536 - used
    await aws.storage.store('db', tagged(fitting))
    expect(Buffer.byteLength(String(aws.requests.at(-1)?.body.SecretString))).toBe(65_536)
    aws.actions()
    const error = await expectRejection(() => aws.storage.store('db', tagged(fitting + 1)), {
      code: 'INVALID_ARGUMENT',
      reason: 'LIMIT_EXCEEDED',
      operation: 'store',
    })
    expect(error.message).toContain('65537 bytes, and 65536 are allowed')
    expect(aws.actions()).toEqual([])
  })

  it('a storage waits for its turn to write, and a shared limiter counts for all', async () => {
    const clock = createFakeClock()
    const writeLimiter = createWriteLimiter({ perSecond: 2, clock })
    const [one, other] = [
      openDocumented({ clock, writesPerSecond: undefined, writeLimiter }),
      openDocumented({ clock, writesPerSecond: undefined, writeLimiter }),
    ]
    const first = one.storage.store('a', sampleRecord('a'), { ifVersion: null })
    const second = other.storage.store('b', sampleRecord('b'), { ifVersion: null })
    await Promise.all([first, second])
    const third = one.storage.store('c', sampleRecord('c'), { ifVersion: null })
    await one.storage.retrieve('a')
    expect(writeLimiter.waiting).toBe(1)
    await expect(
      other.storage.store('d', sampleRecord('d'), { ifVersion: null, deadline: clock.monotonicNow() + 100 }),
    ).rejects.toMatchObject({ code: 'RATE_LIMITED', operation: 'store' })
    await clock.advanceAsync(500)
    await third
    expect(one.service.secrets.size + other.service.secrets.size).toBe(3)
  })
})

describe('clients', () => {
  it('one of its own is destroyed with it, one that was given is not', async () => {
    const aws = openDocumented()
    const destroy = vi.spyOn(aws.client, 'destroy')
    await aws.storage.close()
    expect(destroy).not.toHaveBeenCalled()
    const own = createAwsStorage({ region: 'eu-central-1' })
    await own.close()
    await expectRejection(() => own.health(), { code: 'CLOSED', operation: 'health' })
  })

  it('one that retries by itself is warned of', async () => {
    const warn = vi.fn()
    const client = new SecretsManagerClient({ region: 'eu-central-1', maxAttempts: 3 })
    createAwsStorage({ client, logger: { ...silent, warn } })
    createAwsStorage({ client: openDocumented().client, logger: { ...silent, warn } })
    await new Promise((resolve) => setImmediate(resolve))
    expect(warn.mock.calls).toEqual([[{ attempts: 3 }, expect.stringContaining('maxAttempts: 1')]])
  })

  it('warns of tags that AWS does not take', async () => {
    const warn = vi.fn()
    const aws = openDocumented({ logger: { ...silent, warn } })
    await aws.storage.store('db', sampleRecord('db', { tags: { 'q"': 'x' } }))
    expect(warn).toHaveBeenCalledTimes(1)
  })
})
