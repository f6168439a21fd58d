export { createDatabaseCredentialSource, type DatabaseCredentialSource } from './database-credential-source.ts'
export { type DatabaseCredentialSourceOptions, databaseCredentialSourceOptionsSchema } from './database-options.ts'
export type { DatabaseCredential } from './lease-requests.ts'
