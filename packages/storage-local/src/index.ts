export { defaultDirectoryFromEnvironment } from './default-directory.ts'
export { createLocalStorage, type LocalStorage, localStorageLimits } from './local-storage.ts'
export {
  defaultKeepVersions,
  defaultRescanIntervalMs,
  type LocalStorageOptions,
  localStorageOptionsSchema,
} from './options.ts'
export { nodePlatform, type Platform } from './platform.ts'
