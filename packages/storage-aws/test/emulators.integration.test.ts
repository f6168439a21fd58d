import { CreateKeyCommand, DecryptCommand, DisableKeyCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms'
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  type SecretsManagerClient,
  TagResourceCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { describeWithServer, type ServerSettings } from '@holdfast/test-servers'
import { afterAll, describe, expect, it } from 'vitest'
import { clientFor, newPrefix } from './emulators.ts'

/** What came of a request: `done`, or the name of the error. */
const outcomeOf = (request: Promise<unknown>): Promise<string> =>
  request.then(
    () => 'done',
    (error: unknown) => (error instanceof Error ? error.name : 'unknown'),
  )

interface Difference {
  /** As the documentation says. */
  readonly rule: string
  readonly documented: string
  /** What the emulators do that do something else, by name. */
  readonly instead: Readonly<Record<string, string>>
  readonly ask: (client: SecretsManagerClient, name: string) => Promise<string>
}

const token = (letter: string): string => letter.repeat(40)
const create = (client: SecretsManagerClient, Name: string, options = {}) =>
  client.send(new CreateSecretCommand({ Name, SecretString: 'first', ClientRequestToken: token('a'), ...options }))
const put = (client: SecretsManagerClient, SecretId: string, options = {}) =>
  client.send(new PutSecretValueCommand({ SecretId, SecretString: 'second', ...options }))
const stagesOf = async (client: SecretsManagerClient, SecretId: string) =>
  (await client.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages ?? {}
const deleted = async (client: SecretsManagerClient, name: string): Promise<void> => {
  await create(client, name)
  await client.send(new DeleteSecretCommand({ SecretId: name, RecoveryWindowInDays: 7 }))
}
/** A version of ours that AWSCURRENT was moved to. */
const moved = async (client: SecretsManagerClient, SecretId: string): Promise<void> => {
  const { VersionId } = await create(client, SecretId)
  const { VersionId: next } = await put(client, SecretId, { VersionStages: ['pending'] })
  await client.send(
    new UpdateSecretVersionStageCommand({
      SecretId,
      VersionStage: 'AWSCURRENT',
      RemoveFromVersionId: VersionId,
      MoveToVersionId: next,
    }),
  )
}
const currentText = async (client: SecretsManagerClient, SecretId: string, options = {}): Promise<string> =>
  (await client.send(new GetSecretValueCommand({ SecretId, ...options }))).SecretString ?? ''

/** Every difference that the driver could meet; what both do right is asked as well where the driver stands on it. */
const differences: readonly Difference[] = [
  {
    rule: 'the token of CreateSecret becomes the version',
    documented: 'the token',
    instead: { ministack: 'another' },
    async ask(client, name) {
      return (await create(client, name)).VersionId === token('a') ? 'the token' : 'another'
    },
  },
  {
    rule: 'a token cannot be used again for another value',
    documented: 'ResourceExistsException',
    instead: { ministack: 'done' },
    async ask(client, name) {
      await create(client, name)
      await put(client, name, { ClientRequestToken: token('b') })
      return outcomeOf(put(client, name, { ClientRequestToken: token('b'), SecretString: 'other' }))
    },
  },
  {
    rule: 'a label that PutSecretValue attaches is taken from the version that had it',
    documented: '1 version',
    instead: { ministack: '2 versions' },
    async ask(client, name) {
      await create(client, name)
      for (let write = 0; write < 2; write++) await put(client, name, { VersionStages: ['pending'] })
      const labels = Object.values(await stagesOf(client, name)).filter((stages) => stages.includes('pending'))
      return `${labels.length} version${labels.length === 1 ? '' : 's'}`
    },
  },
  {
    rule: 'versions without a label are kept for a day',
    documented: '3 versions',
    instead: { ministack: '2 versions' },
    async ask(client, name) {
      await create(client, name)
      await put(client, name)
      await put(client, name)
      const { Versions } = await client.send(
        new ListSecretVersionIdsCommand({ SecretId: name, IncludeDeprecated: true }),
      )
      return `${Versions?.length} versions`
    },
  },
  {
    rule: 'the label is not moved from a version that does not have it',
    documented: 'InvalidParameterException',
    instead: {},
    async ask(client, name) {
      const { VersionId } = await create(client, name)
      const { VersionId: next } = await put(client, name, { VersionStages: ['pending'] })
      await put(client, name, { SecretString: 'faster' })
      const move = { VersionStage: 'AWSCURRENT', RemoveFromVersionId: VersionId, MoveToVersionId: next }
      return outcomeOf(client.send(new UpdateSecretVersionStageCommand({ SecretId: name, ...move })))
    },
  },
  {
    rule: 'the current version is read also when its label was moved there',
    documented: 'second',
    instead: { moto: 'first' },
    async ask(client, name) {
      await moved(client, name)
      return currentText(client, name)
    },
  },
  {
    rule: 'and when it is asked for by that label',
    documented: 'second',
    instead: {},
    async ask(client, name) {
      await moved(client, name)
      return currentText(client, name, { VersionStage: 'AWSCURRENT' })
    },
  },
  {
    rule: 'a write without a condition becomes current also after a label was moved',
    documented: 'third',
    instead: { moto: 'second' },
    async ask(client, name) {
      await moved(client, name)
      await put(client, name, { SecretString: 'third' })
      return currentText(client, name, { VersionStage: 'AWSCURRENT' })
    },
  },
  {
    rule: 'the name of a deleted secret cannot be created',
    documented: 'InvalidRequestException',
    instead: { ministack: 'ResourceExistsException', moto: 'ResourceExistsException' },
    async ask(client, name) {
      await deleted(client, name)
      return outcomeOf(create(client, name, { ClientRequestToken: token('b') }))
    },
  },
  {
    rule: 'a deleted secret cannot be written to',
    documented: 'InvalidRequestException',
    instead: { moto: 'done' },
    async ask(client, name) {
      await deleted(client, name)
      return outcomeOf(put(client, name))
    },
  },
  {
    rule: 'what is not deleted cannot be restored',
    documented: 'InvalidRequestException',
    instead: { moto: 'done' },
    async ask(client, name) {
      await create(client, name)
      return outcomeOf(client.send(new RestoreSecretCommand({ SecretId: name })))
    },
  },
  {
    rule: 'a secret that never was can be deleted for good',
    documented: 'done',
    instead: { ministack: 'ResourceNotFoundException' },
    ask: (client, name) =>
      outcomeOf(client.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }))),
  },
  {
    rule: 'the date of a deleted secret is that of the deletion',
    documented: 'past',
    instead: { ministack: 'future', moto: 'future' },
    async ask(client, name) {
      await deleted(client, name)
      const { DeletedDate } = await client.send(new DescribeSecretCommand({ SecretId: name }))
      return (DeletedDate?.getTime() ?? 0) > Date.now() + 60_000 ? 'future' : 'past'
    },
  },
  {
    rule: 'names are found by how they begin, and case counts',
    documented: '1',
    instead: { ministack: '2' },
    async ask(client, name) {
      await create(client, `${name}/abc`)
      await create(client, `${name}/ABC`)
      const Filters = [{ Key: 'name' as const, Values: [`${name}/a`] }]
      const { SecretList } = await client.send(new ListSecretsCommand({ Filters }))
      return String(SecretList?.length)
    },
  },
  {
    rule: 'a value has at most 65,536 bytes',
    documented: 'InvalidParameterException',
    instead: { ministack: 'done', moto: 'done' },
    ask: (client, name) => outcomeOf(create(client, name, { SecretString: 'x'.repeat(65_537) })),
  },
  {
    rule: 'a name has at most 512 characters',
    documented: 'InvalidParameterException',
    instead: { ministack: 'done', moto: 'done' },
    ask: (client, name) => outcomeOf(create(client, name.padEnd(513, 'x'))),
  },
  {
    rule: 'a secret has at most 50 tags',
    documented: 'InvalidParameterException',
    instead: { ministack: 'done', moto: 'done' },
    async ask(client, name) {
      await create(client, name)
      const Tags = Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: 'v' }))
      return outcomeOf(client.send(new TagResourceCommand({ SecretId: name, Tags })))
    },
  },
]

const differencesOfKms: readonly (Omit<Difference, 'ask'> & {
  readonly ask: (client: KMSClient) => Promise<string>
})[] = [
  {
    rule: 'what was altered is not decrypted',
    documented: 'InvalidCiphertextException',
    instead: { ministack: 'done' },
    async ask(client) {
      const { KeyId, bytes } = await encrypted(client)
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
      return outcomeOf(client.send(new DecryptCommand({ KeyId, CiphertextBlob: bytes })))
    },
  },
  {
    rule: 'another key is not the one that decrypts',
    documented: 'IncorrectKeyException',
    instead: { ministack: 'done', moto: 'AccessDeniedException' },
    async ask(client) {
      const { bytes } = await encrypted(client)
      const { KeyId } = await encrypted(client)
      return outcomeOf(client.send(new DecryptCommand({ KeyId, CiphertextBlob: bytes })))
    },
  },
  {
    rule: 'a key that is disabled does nothing',
    documented: 'DisabledException',
    instead: { moto: 'done' },
    async ask(client) {
      const { KeyId, bytes } = await encrypted(client)
      await client.send(new DisableKeyCommand({ KeyId }))
      return outcomeOf(client.send(new DecryptCommand({ KeyId, CiphertextBlob: bytes })))
    },
  },
]

const encrypted = async (client: KMSClient): Promise<{ readonly KeyId: string; readonly bytes: Uint8Array }> => {
  const KeyId = (await client.send(new CreateKeyCommand())).KeyMetadata?.KeyId ?? ''
  const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.alloc(32, 1) }))
  return { KeyId, bytes: CiphertextBlob ?? new Uint8Array() }
}

const kmsClientFor = ({ AWS_ENDPOINT_URL, AWS_REGION = '' }: ServerSettings): KMSClient =>
  new KMSClient({
    maxAttempts: 1,
    region: AWS_REGION,
    ...(AWS_ENDPOINT_URL === undefined ? {} : { endpoint: AWS_ENDPOINT_URL }),
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })

// Where one of these fails an emulator has been mended, or has become worse: correct the table here and in the guide.
describe.each(['ministack', 'moto'])('%s differs from the documentation only where it is known to', (name) => {
  describeWithServer(name, ({ settings }) => {
    const client = clientFor(settings, { name })
    const kms = kmsClientFor(settings)
    afterAll(() => {
      client.destroy()
      kms.destroy()
    })
    it.each(differences)('$rule', async ({ documented, instead, ask }) => {
      expect(await ask(client, newPrefix())).toBe(instead[name] ?? documented)
    })
    it.each(differencesOfKms)('KMS: $rule', async ({ documented, instead, ask }) => {
      expect(await ask(kms)).toBe(instead[name] ?? documented)
    })
  })
})

describeWithServer('moto', ({ settings }) => {
  it('answers with 500 when one request lists while others create, which is why its suite has one connection', async () => {
    const client = clientFor(settings)
    const prefix = newPrefix()
    let crashes = 0
    for (let round = 0; round < 100 && crashes === 0; round++) {
      const requests = Array.from({ length: 60 }, (_, index) =>
        index % 2 === 0
          ? create(client, `${prefix}/${round}/${index}`)
          : client.send(new ListSecretsCommand({ MaxResults: 1 })),
      )
      for (const outcome of await Promise.all(requests.map(outcomeOf))) if (outcome !== 'done') crashes += 1
    }
    expect(crashes).toBeGreaterThan(0)
    client.destroy()
  })
})
