import { z } from 'zod'
import { type VaultConnectionOptions, vaultConnectionShape, vaultPath, withConnectionRules } from '../options.ts'

const roleName = 'a name of letters, digits, "_", "-" and "."'

/** The options of `createDatabaseCredentialSource`. */
export const databaseCredentialSourceOptionsSchema = withConnectionRules(
  z.strictObject({
    ...vaultConnectionShape,
    /** The role of the database engine that credentials are made for. */
    role: z
      .string(roleName)
      .regex(/^[\w-]+(?:\.[\w-]+)*$/, roleName)
      .max(256, roleName),
    /** Where the engine is mounted. Default `database`. */
    mount: vaultPath.default('database'),
  }),
)

/** Options of `createDatabaseCredentialSource`. How the server is reached is taken from the environment where it is left out. */
export type DatabaseCredentialSourceOptions = VaultConnectionOptions &
  Pick<z.input<typeof databaseCredentialSourceOptionsSchema>, 'role' | 'mount'>
