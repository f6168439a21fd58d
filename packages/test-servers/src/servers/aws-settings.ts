import type { ServerSettings } from '../server-definition.ts'

/** What the AWS SDK reads from its environment to talk to an emulator. */
export const awsSettings = (endpoint: string, region = 'us-east-1'): ServerSettings => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
})

/** Variables that hand over an emulator: with names of its own, because those of the SDK may point at a real account. */
export const awsVariables = (prefix: string): Readonly<Record<string, string>> => ({
  [`${prefix}_URL`]: 'AWS_ENDPOINT_URL',
  [`${prefix}_REGION`]: 'AWS_REGION',
  [`${prefix}_ACCESS_KEY_ID`]: 'AWS_ACCESS_KEY_ID',
  [`${prefix}_SECRET_ACCESS_KEY`]: 'AWS_SECRET_ACCESS_KEY',
})
