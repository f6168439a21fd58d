import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { encodeCredentialDocument } from '@holdfast/contracts/credentials'
import { createAwsStorage } from '@holdfast/storage-aws'
import { startServer } from '@holdfast/test-servers'
import { benchId, benchRecord, compareDriver, type OpenedPair } from './compare-driver.ts'
import { startReplayServer } from './replay-server.ts'

const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:holdfast/service/main-a1b2c3'
const version = 'holdfast-w-01KGZZZZZZZZZZZZZZZZZZZZZZ'
const headers = {
  'content-type': 'application/x-amz-json-1.1',
  'x-amzn-requestid': '8f7c2d1e-0000-4000-8000-000000000000',
}

const answers = [
  {
    header: 'x-amz-target',
    when: 'GetSecretValue',
    headers,
    body: JSON.stringify({
      ARN: arn,
      CreatedDate: 1_769_904_000.123,
      Name: `holdfast/${benchId}`,
      SecretString: encodeCredentialDocument(benchRecord(benchId)),
      VersionId: version,
      VersionStages: ['AWSCURRENT'],
    }),
  },
  {
    header: 'x-amz-target',
    when: 'PutSecretValue',
    headers,
    body: JSON.stringify({ ARN: arn, Name: `holdfast/${benchId}`, VersionId: version, VersionStages: ['AWSCURRENT'] }),
  },
]

const open = (endpoint: string, close: () => Promise<unknown>): OpenedPair => {
  const client = new SecretsManagerClient({
    region: 'us-east-1',
    endpoint,
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  const storage = createAwsStorage({ client, writesPerSecond: 10_000 })
  return {
    driver: {
      retrieve: (id) => storage.retrieve(id),
      store: (id) => storage.store(id, benchRecord(id)),
    },
    client: {
      retrieve: (id) => client.send(new GetSecretValueCommand({ SecretId: `holdfast/${id}` })),
      store: (id) =>
        client.send(
          new PutSecretValueCommand({
            SecretId: `holdfast/${id}`,
            SecretString: encodeCredentialDocument(benchRecord(id)),
          }),
        ),
    },
    async close() {
      await storage.close()
      client.destroy()
      await close()
    },
  }
}

/** storage-aws beside the AWS SDK. */
export const aws = compareDriver({
  name: 'storage-aws',
  client: 'AWS SDK',
  async replayed() {
    const server = await startReplayServer(answers)
    return open(server.url, server.close)
  },
  real: {
    server: 'ministack',
    async open() {
      const server = await startServer('ministack')
      return open(server.settings.AWS_ENDPOINT_URL ?? '', () => server.stop())
    },
  },
  // Spec 001, SC-003.
  p95Ms: 500,
})
