import { expect, it } from 'vitest'
import { createAwsStorage } from './aws-storage.ts'
import { awsStorageOptionsFromEnvironment } from './options-from-environment.ts'

it('reads every variable', () => {
  const options = awsStorageOptionsFromEnvironment({
    AWS_REGION: 'eu-central-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: 'https://all.example',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: 'https://secrets.example',
    HOLDFAST_AWS_PREFIX: 'shop/prod',
    HOLDFAST_AWS_KMS_KEY_ID: 'alias/mine',
    HOLDFAST_AWS_RECOVERY_WINDOW_DAYS: '7',
  })
  expect(options).toEqual({
    region: 'eu-central-1',
    endpoint: 'https://secrets.example',
    prefix: 'shop/prod',
    kmsKeyId: 'alias/mine',
    recoveryWindowDays: 7,
  })
  expect(createAwsStorage(options).name).toBe('storage-aws (eu-central-1/shop/prod)')
})

it('falls back to the general variables, and takes empty ones for none', () => {
  expect(
    awsStorageOptionsFromEnvironment({
      AWS_REGION: '',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
      HOLDFAST_AWS_PREFIX: '',
    }),
  ).toEqual({ region: 'us-east-1', endpoint: 'http://127.0.0.1:4566' })
  expect(awsStorageOptionsFromEnvironment({})).toEqual({})
})

it('names everything that is wrong at once', () => {
  const environment = {
    AWS_REGION: 'EU',
    AWS_ENDPOINT_URL: 'http://example.com',
    HOLDFAST_AWS_PREFIX: '/x',
    HOLDFAST_AWS_RECOVERY_WINDOW_DAYS: 'a week',
  }
  expect(() => awsStorageOptionsFromEnvironment(environment)).toThrow(
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      operation: 'awsStorageOptionsFromEnvironment',
      message: expect.stringMatching(/region.*prefix.*recoveryWindowDays.*endpoint/s),
    }),
  )
})

it('reads the environment of the process unless given another', () => {
  const before = process.env.HOLDFAST_AWS_PREFIX
  process.env.HOLDFAST_AWS_PREFIX = 'from/process'
  try {
    expect(awsStorageOptionsFromEnvironment().prefix).toBe('from/process')
  } finally {
    if (before === undefined) delete process.env.HOLDFAST_AWS_PREFIX
    else process.env.HOLDFAST_AWS_PREFIX = before
  }
})
