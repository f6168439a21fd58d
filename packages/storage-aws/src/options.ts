import { z } from 'zod'

/** The options of `createAwsStorage`; `config` makes the editors' JSON Schema from it. */
export const awsStorageOptionsSchema = z.strictObject({
  /** What this instance is called in logs and errors. Default `default`. */
  label: z.string('text of 1 to 64 characters').min(1).max(64).default('default'),
})

/** Options of `createAwsStorage`. */
export type AwsStorageOptions = z.input<typeof awsStorageOptionsSchema>
