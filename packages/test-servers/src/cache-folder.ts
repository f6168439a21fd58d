import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Where fetched servers are kept, outside the repository: HOLDFAST_SERVERS_CACHE, else the folder for caches of this user. */
export const cacheFolderFromEnvironment = (environment = process.env): string => {
  const { HOLDFAST_SERVERS_CACHE: own, XDG_CACHE_HOME: caches } = environment
  if (own !== undefined && own !== '') return resolve(own)
  return join(caches !== undefined && caches !== '' ? caches : join(homedir(), '.cache'), 'holdfast')
}
