import { resolve } from 'node:path'
import type { StorageProvider } from '@holdfast/config'
import { createFolderStorage } from './folder-storage.ts'

// #region provider
/** What the configuration of an application loads: `providers: { example: () => import('storage-example') }`. */
export const createStorage: StorageProvider['createStorage'] = ({ directory }, { baseDirectory }) =>
  createFolderStorage({ directory: resolve(baseDirectory, String(directory)) })
// #endregion provider
