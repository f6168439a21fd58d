export { defaultDirectoryFromEnvironment } from './default-directory.ts'
export { createLocalStorage, type LocalStorage } from './local-storage.ts'
export {
  defaultKeepVersions,
  defaultRescanIntervalMs,
  type LocalStorageOptions,
  localStorageOptionsSchema,
} from './options.ts'
export { nodePlatform, type Platform } from './platform.ts'
export type { QuarantinedFile, RepairReport } from './quarantine.ts'
export { localStorageLimits } from './store-credential.ts'
