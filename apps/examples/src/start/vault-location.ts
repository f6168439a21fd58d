import { join } from 'node:path'

/** Where `holdfast init` puts a vault and its key, seen from the folder it runs in. */
export const vaultLocation = (folder: string): { readonly store: string; readonly keyFile: string } => ({
  store: join(folder, '.holdfast/store'),
  keyFile: join(folder, '.holdfast/store.key'),
})
