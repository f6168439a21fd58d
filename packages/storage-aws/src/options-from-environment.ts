import { parseOptions } from '@holdfast/contracts'
import { source } from './errors.ts'
import { type AwsStorageOptions, awsStorageOptionsSchema } from './options.ts'

/**
 * The options that environment variables give: AWS_REGION (else AWS_DEFAULT_REGION), AWS_ENDPOINT_URL_SECRETS_MANAGER (else
 * AWS_ENDPOINT_URL), HOLDFAST_AWS_PREFIX, HOLDFAST_AWS_KMS_KEY_ID and HOLDFAST_AWS_RECOVERY_WINDOW_DAYS. Variables that are
 * empty count as not set. Credentials are none of them: the AWS SDK finds those. Errors: INVALID_ARGUMENT naming every
 * option that is wrong.
 */
export const awsStorageOptionsFromEnvironment = (
  environment: Readonly<Record<string, string | undefined>> = process.env,
): AwsStorageOptions => {
  const first = (...names: readonly string[]): string | undefined =>
    names.map((name) => environment[name]).find((value) => value !== undefined && value !== '')
  const days = first('HOLDFAST_AWS_RECOVERY_WINDOW_DAYS')
  const given = Object.entries({
    region: first('AWS_REGION', 'AWS_DEFAULT_REGION'),
    endpoint: first('AWS_ENDPOINT_URL_SECRETS_MANAGER', 'AWS_ENDPOINT_URL'),
    prefix: first('HOLDFAST_AWS_PREFIX'),
    kmsKeyId: first('HOLDFAST_AWS_KMS_KEY_ID'),
    // What is no number is told as the text that it is.
    recoveryWindowDays: days !== undefined && /^\d{1,9}$/.test(days) ? Number(days) : days,
  }).filter(([, value]) => value !== undefined)
  const options: unknown = Object.fromEntries(given)
  parseOptions(awsStorageOptionsSchema, options, source, 'awsStorageOptionsFromEnvironment')
  // The schema has just taken it.
  return options as AwsStorageOptions
}
