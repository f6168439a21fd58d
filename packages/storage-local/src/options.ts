import type { Clock, Logger } from '@holdfast/contracts'
import type { FileSystem } from '@holdfast/contracts/files'
import { z } from 'zod'
import type { Platform } from './platform.ts'

/** How many versions of a credential are kept unless `keepVersions` says otherwise: enough to undo a bad week of rotations. */
export const defaultKeepVersions = 10

/** How often `watch` looks for what notifications missed, in milliseconds, unless `rescanIntervalMs` says otherwise. */
export const defaultRescanIntervalMs = 60_000

const hasMethods =
  (...names: readonly string[]) =>
  (value: unknown): boolean =>
    typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === 'function')

/** The options of `createLocalStorage`; `config` makes the editors' JSON Schema from it. */
export const localStorageOptionsSchema = z.strictObject({
  /** The folder of the store, absolute or relative to the working directory. Default: `defaultDirectoryFromEnvironment()`. */
  directory: z
    .string('a path')
    .min(1, 'a path that is not empty')
    .refine((path) => !path.includes('\0'), 'a path without a NUL character')
    .optional(),
  /** Creates the folder, and the folders above it, when it is missing. Default false: a missing folder is an error. */
  createDirectory: z.boolean('true or false').default(false),
  /** Ending of the files, without the dot: 1 to 16 lower-case letters and digits. Fixed for the life of a store. Default `cred`. */
  fileExtension: z
    .string('1 to 16 lower-case letters and digits')
    .regex(/^[a-z0-9]{1,16}$/, '1 to 16 lower-case letters and digits')
    .default('cred'),
  /** How many versions of each credential are kept, the current one included: 1 to 1000. Default 10. */
  keepVersions: z
    .int('a whole number from 1 to 1000')
    .min(1, 'a whole number from 1 to 1000')
    .max(1000, 'a whole number from 1 to 1000')
    .default(defaultKeepVersions),
  /** How often `watch` looks at every folder for changes that the platform did not notify, in milliseconds: 100 to 2^31 - 1. Default 60,000. */
  rescanIntervalMs: z
    .int('a whole number from 100 to 2147483647')
    .min(100, 'a whole number from 100 to 2147483647')
    .max(2 ** 31 - 1, 'a whole number from 100 to 2147483647')
    .default(defaultRescanIntervalMs),
  /** Told of folders that were tightened, damaged files and failed clean-up. Default: silent. */
  logger: z.custom<Logger>(hasMethods('debug', 'info', 'warn', 'error'), 'a logger').optional(),
  clock: z.custom<Clock>(hasMethods('wallNow', 'monotonicNow', 'setTimer'), 'a clock').optional(),
  /** Default: the real one. */
  fileSystem: z.custom<FileSystem>(hasMethods('createFile', 'readFile', 'link'), 'a file system').optional(),
  /** Default: the real one. */
  platform: z.custom<Platform>(hasMethods('isProcessAlive', 'run', 'accountName'), 'a platform').optional(),
})

/** Options of `createLocalStorage`. */
export type LocalStorageOptions = z.input<typeof localStorageOptionsSchema>
