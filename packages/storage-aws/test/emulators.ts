import { randomUUID } from 'node:crypto'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { ServerSettings } from '@holdfast/test-servers'
import type { CredentialStorageHarness } from '@holdfast/testkit'
import { type AwsStorage, type AwsStorageOptions, createAwsStorage } from '../src/index.ts'

/** A rule of the conformance suite that an emulator breaks, because it differs from what AWS documents. */
export interface Deviation {
  /** The name of the case. */
  readonly rule: string
  /** What the emulator does instead. */
  readonly why: string
}

/**
 * What each emulator gets wrong. The suite expects that these cases fail there, so that the day on which one does not is
 * noticed; `docs/guides/aws-secrets-manager.md` has them too, with what `test/emulators.integration.test.ts` shows.
 */
export const deviations: Readonly<Record<string, readonly Deviation[]>> = {
  ministack: [
    {
      rule: 'history: has the versions that were written, newest first, one of them current',
      why: 'it drops a version as soon as it has no label',
    },
  ],
  moto: [
    {
      rule: 'recover: a deleted name is free or reserved until it is recovered or purged, never half of it',
      why: 'it lets PutSecretValue write into a deleted secret',
    },
  ],
  localstack: [],
}

/** How many connections an emulator bears: moto answers with 500 when one request lists while another one creates. */
const maxSockets: Readonly<Record<string, number>> = { moto: 1 }

/** A client for an emulator; `endpoint` may be that of a proxy before it. */
export const clientFor = (
  { AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }: ServerSettings,
  { name = '', endpoint = AWS_ENDPOINT_URL }: { readonly name?: string; readonly endpoint?: string } = {},
): SecretsManagerClient =>
  new SecretsManagerClient({
    maxAttempts: 1,
    region: AWS_REGION ?? 'us-east-1',
    ...(endpoint === undefined ? {} : { endpoint }),
    // A real account gives none: the SDK finds its own.
    ...(AWS_ACCESS_KEY_ID === undefined
      ? {}
      : { credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY ?? '' } }),
    requestHandler: { httpAgent: { keepAlive: true, maxSockets: maxSockets[name] ?? 128 } },
  })

/** A prefix that nobody else has. */
export const newPrefix = (): string => `t/${randomUUID()}`

/** A storage under a prefix of its own that writes as fast as the emulator takes it. */
export const openOn = (client: SecretsManagerClient, options: AwsStorageOptions = {}): AwsStorage =>
  createAwsStorage({ client, prefix: newPrefix(), writesPerSecond: 10_000, watchIntervalMs: 200, ...options })

/** The storages of the conformance suite. */
export const harnessOn = (
  name: string,
  client: SecretsManagerClient,
  options: AwsStorageOptions = {},
): CredentialStorageHarness => ({
  name,
  async create() {
    const own = { prefix: newPrefix(), ...options }
    const storage = openOn(client, own)
    return { storage, open: async () => openOn(client, own), cleanup: () => storage.close() }
  },
})
