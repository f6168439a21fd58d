import { z } from 'zod'
import { type VaultConnectionOptions, vaultConnectionShape, vaultPath, withConnectionRules } from '../options.ts'

const keyName = 'a name of letters, digits, "_", "-" and "."'

/** The options of `createTransitKeyProvider`. */
export const transitKeyProviderOptionsSchema = withConnectionRules(
  z.strictObject({
    ...vaultConnectionShape,
    /** The name of a key of the engine, of any type that encrypts. It is never created here. */
    key: z
      .string(keyName)
      .regex(/^[\w-]+(?:\.[\w-]+)*$/, keyName)
      .max(256, keyName),
    /** Where the engine is mounted. Default `transit`. */
    mount: vaultPath.default('transit'),
  }),
)

/** Options of `createTransitKeyProvider`. How the server is reached is taken from the environment where it is left out. */
export type TransitKeyProviderOptions = VaultConnectionOptions &
  Pick<z.input<typeof transitKeyProviderOptionsSchema>, 'key' | 'mount'>
