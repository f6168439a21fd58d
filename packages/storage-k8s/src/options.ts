import { z } from 'zod'

/** The options of `createK8sStorage`; `config` makes the editors' JSON Schema from it. */
export const k8sStorageOptionsSchema = z.strictObject({
  /** What this instance is called in logs and errors. Default `default`. */
  label: z.string('text of 1 to 64 characters').min(1).max(64).default('default'),
})

/** Options of `createK8sStorage`. */
export type K8sStorageOptions = z.input<typeof k8sStorageOptionsSchema>
