import type { Clock, Logger } from '@holdfast/contracts'
import type { FileSystem } from '@holdfast/contracts/files'
import type { Platform } from './platform.ts'

/** An open store: where it is and what it works with. */
export interface StoreFolder {
  /** Absolute path. */
  readonly directory: string
  readonly fileExtension: string
  readonly keepVersions: number
  /** Whether `link` works here, which compare-and-set is built on. */
  readonly canLink: boolean
  readonly fileSystem: FileSystem
  readonly platform: Platform
  readonly clock: Clock
  readonly logger: Logger
}

/** The folder of intents: files that are written and not yet linked to their version. */
export const pendingFolder = '.pending'

/** The folder of damaged files that `repair` moved aside, with their reports. */
export const quarantineFolder = '.quarantine'

/** Files are the owner's alone. */
export const fileMode = 0o600

/** So are folders. */
export const folderMode = 0o700
