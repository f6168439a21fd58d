import type { KMSClient } from '@aws-sdk/client-kms'
import { z } from 'zod'
import { endpointRule, isEndpoint } from '../endpoint.ts'

const region = 'the name of a region, such as eu-central-1'
const keyId = 'the id, ARN or alias of a symmetric KMS key'
const encryptionContext = 'texts under names that do not begin with aws: or holdfast:'

const isClient = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'send') === 'function'

/** The options of `createKmsKeyProvider`. */
export const kmsKeyProviderOptionsSchema = z
  .strictObject({
    /** The symmetric key that wraps: its id, its ARN, or its alias (`alias/…`). */
    keyId: z.string(keyId).regex(/^[A-Za-z0-9:/_-]{1,2048}$/, keyId),
    /** Shown with the slot. Default: `keyId`. */
    label: z.string('a text that is not empty').min(1, 'a text that is not empty').optional(),
    /** Bound to what is wrapped, written to CloudTrail in clear, and usable in key policies. The same must be given to unwrap. Default: none. */
    encryptionContext: z
      .record(
        z.string().regex(/^(?!aws:|holdfast:).+$/s, encryptionContext),
        z.string(encryptionContext),
        encryptionContext,
      )
      .default({}),
    /** Default: what the AWS SDK finds, in AWS_REGION or in the profile. */
    region: z
      .string(region)
      .regex(/^[a-z0-9-]{1,63}$/, region)
      .optional(),
    /** Where KMS is, for a VPC endpoint or an emulator. Default: the endpoint of the region. */
    endpoint: z.string(endpointRule).refine(isEndpoint, endpointRule).optional(),
    /** A client of your own. It stays yours to destroy. Default: one that finds its credentials as the AWS SDK does. */
    client: z.custom<KMSClient>(isClient, 'a KMSClient').optional(),
  })
  .superRefine((options, context) => {
    for (const name of ['region', 'endpoint'] as const) {
      if (options.client === undefined || options[name] === undefined) continue
      context.addIssue({ code: 'custom', path: [name], message: 'nothing, because client decides it' })
    }
  })

/** Options of `createKmsKeyProvider`. */
export type KmsKeyProviderOptions = z.input<typeof kmsKeyProviderOptionsSchema>
