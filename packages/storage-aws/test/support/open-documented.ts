import type { AwsStorage, AwsStorageOptions } from '../../src/index.ts'
import { createAwsStorage } from '../../src/index.ts'
import { createDocumentedClient, type DocumentedClient } from './documented-client.ts'
import type { DocumentedSecretsManager } from './documented-secrets-manager.ts'

/** A storage on what AWS documents, and all that went over its wire. */
export interface DocumentedStorage extends DocumentedClient {
  readonly storage: AwsStorage
  /** The actions since this was asked last. */
  actions(): readonly string[]
}

/** Makes a {@link DocumentedStorage}; several may share a service. */
export const openDocumented = (
  options: AwsStorageOptions = {},
  service?: DocumentedSecretsManager,
): DocumentedStorage => {
  const made = createDocumentedClient(service)
  const storage = createAwsStorage({ client: made.client, writesPerSecond: 10_000, ...options })
  // The hooks of `made` stay those that tests set.
  return Object.assign(made, {
    storage,
    actions: () => made.requests.splice(0).map(({ action }) => action),
  })
}
