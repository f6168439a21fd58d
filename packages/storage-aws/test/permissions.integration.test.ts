import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { HoldfastError } from '@holdfast/contracts'
import { describeWithServer, type ServerSettings } from '@holdfast/test-servers'
import { collect, sampleRecord } from '@holdfast/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAwsStorage } from '../src/index.ts'

interface Statement {
  readonly Effect: string
  readonly Action: readonly string[]
  readonly Resource: string
}

/** The policy that the guide shows. */
// The file beside this one.
const policy = JSON.parse(readFileSync(join(import.meta.dirname, 'iam-policy.json'), 'utf8')) as {
  readonly Version: string
  readonly Statement: readonly Statement[]
}
const actions = policy.Statement.flatMap(({ Action }) => Action)
const region = 'eu-central-1'

/** A user whose policy can be changed. */
const createUser = async (settings: ServerSettings) => {
  const endpoint = settings.AWS_ENDPOINT_URL ?? ''
  const iam = new IAMClient({ region, endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } })
  const UserName = `user-${Date.now()}`
  await iam.send(new CreateUserCommand({ UserName }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
  const open = (
    options: {
      readonly credentials?: typeof credentials & { readonly sessionToken?: string }
      readonly systemClockOffset?: number
      readonly prefix?: string
    } = {},
  ) => {
    const { prefix = 'shop/prod', ...rest } = options
    const client = new SecretsManagerClient({ region, endpoint, maxAttempts: 1, credentials, ...rest })
    return createAwsStorage({ client, prefix, writesPerSecond: 10_000 })
  }
  return {
    iam,
    credentials,
    open,
    async allow(without?: string) {
      const Statement = policy.Statement.map((statement) => ({
        ...statement,
        Action: statement.Action.filter((action) => action !== without),
        // The account of the emulator.
        Resource: statement.Resource.replace('123456789012', '000000000000'),
      }))
      const PolicyDocument = JSON.stringify({ ...policy, Statement })
      await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'holdfast', PolicyDocument }))
    },
    async setKey(Status: 'Active' | 'Inactive') {
      await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: credentials.accessKeyId, Status }))
    },
    close: () => iam.destroy(),
  }
}

describeWithServer('ministack-iam', ({ settings }) => {
  let user: Awaited<ReturnType<typeof createUser>>
  let number = 0
  const newId = (): string => `id/${number++}`

  beforeAll(async () => {
    user = await createUser(settings)
  })
  beforeEach(() => user.allow())
  afterAll(() => user.close())

  /** What every method needs; answers the first error. */
  const useEverything = async (storage: ReturnType<typeof user.open>): Promise<HoldfastError | undefined> => {
    const [id, other] = [newId(), newId()]
    try {
      const { version } = await storage.store(id, sampleRecord(id, { tags: { env: 'test' } }))
      await storage.store(id, sampleRecord(id), { ifVersion: version })
      await storage.store(other, sampleRecord(other), { ifVersion: null })
      await storage.retrieve(id)
      await storage.retrieve(id, { version })
      await storage.exists(id)
      await storage.history(id)
      await collect(storage.list())
      await storage.delete(id)
      await storage.recover(id)
      await storage.delete(id, { ifVersion: (await storage.retrieve(id)).version })
      await collect(storage.listDeleted())
      await storage.purge(id)
      expect(await storage.health()).toMatchObject({ status: 'up' })
      return undefined
    } catch (error) {
      if (HoldfastError.is(error)) return error
      throw error
    }
  }

  describe('the policy of the guide', () => {
    it('is enough for every method', async () => {
      expect(await useEverything(user.open())).toBeUndefined()
    })

    // What the emulator does not ask for when a secret is created with tags.
    const unasked = ['secretsmanager:TagResource']

    it.each(actions.filter((action) => !unasked.includes(action)))(
      'needs %s, and the error names it',
      async (action) => {
        await user.allow(action)
        const error = await useEverything(user.open())
        expect(error).toMatchObject({ code: 'PERMISSION_DENIED', details: { action } })
        expect(error?.hint).toContain(`"Action":"${action}"`)
      },
    )

    it('reaches no other prefix', async () => {
      const other = user.open({ prefix: 'other' })
      for (const work of [
        () => other.store('a', sampleRecord('a')),
        () => other.retrieve('a'),
        () => other.exists('a'),
        () => other.delete('a'),
      ]) {
        await expect(work()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
      }
      expect(await other.health()).toMatchObject({ status: 'down', reason: expect.stringContaining('DescribeSecret') })
    })
  })

  describe('credentials', () => {
    it.each([
      ['of nobody', { accessKeyId: 'AKIANOBODY', secretAccessKey: 'planted-secret-key' }],
      ['that are wrong', { secretAccessKey: 'planted-secret-key' }],
      ['of a session that is none', { sessionToken: 'planted-session-token' }],
    ])('%s are UNAUTHENTICATED and stand in no error', async (_, given) => {
      const storage = user.open({ credentials: { ...user.credentials, ...given } })
      const error: unknown = await storage.retrieve('a').catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'UNAUTHENTICATED', retryable: false })
      expect(JSON.stringify(error)).not.toContain('planted')
      expect(await storage.health()).toMatchObject({ status: 'down' })
    })

    it('that are revoked are UNAUTHENTICATED from then on', async () => {
      const storage = user.open()
      await storage.store('revoked', sampleRecord('revoked'))
      await user.setKey('Inactive')
      await expect(storage.retrieve('revoked')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
      await user.setKey('Active')
      await storage.retrieve('revoked')
    })

    it('of a machine whose clock is twenty minutes slow are UNAUTHENTICATED, and the hint names the clock', async () => {
      const error: unknown = await user
        .open({ systemClockOffset: -20 * 60_000 })
        .retrieve('a')
        .catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'UNAUTHENTICATED', hint: expect.stringContaining('clock') })
    })
  })
})
