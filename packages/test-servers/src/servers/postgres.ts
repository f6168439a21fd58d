import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { findProgram } from '../find-program.ts'
import { debianLibraries, fetchDebianPackages } from '../package-clients/debian-packages.ts'
import type { Installation, Programs, ServerDefinition } from '../server-definition.ts'
import { planPostgres, postgresVersion } from './postgres-plan.ts'

/** Debian keeps the programs of each version in a folder of its own that is not on PATH; the newest first. */
const debianFolders = async (root: string): Promise<readonly string[]> => {
  const versions = await readdir(join(root, 'usr/lib/postgresql')).catch(() => [])
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(root, 'usr/lib/postgresql', version, 'bin'))
}

const programsIn = (folder: string): Programs['paths'] => ({
  postgres: join(folder, 'postgres'),
  initdb: join(folder, 'initdb'),
})

const installation: Installation = {
  id: 'postgres-debian',
  cost: '20 MB, seconds',
  needs: ['apt-get', 'dpkg'],
  async findOnMachine() {
    const initdb = await findProgram('initdb', await debianFolders('/'))
    return initdb === undefined ? undefined : { paths: programsIn(dirname(initdb)) }
  },
  // Which version it is, the release of Debian decides; the report says it.
  fetch: (context) => fetchDebianPackages(context, ['postgresql'], /^postgresql(-client)?-\d+$/),
  async programs(folder) {
    const [newest = join(folder, 'usr/bin')] = await debianFolders(folder)
    return { paths: programsIn(newest), environment: await debianLibraries(folder) }
  },
}

/** PostgreSQL as Debian packs it. */
export const postgres: ServerDefinition = {
  name: 'postgres',
  title: 'PostgreSQL',
  environment: { POSTGRES_URL: 'POSTGRES_URL' },
  installation,
  container: {
    service: 'postgres',
    portVariables: ['POSTGRES_PORT'],
    settings: ([port]) => ({ POSTGRES_URL: `postgres://postgres:postgres@127.0.0.1:${port}/postgres` }),
  },
  plan: planPostgres,
  version: ({ POSTGRES_URL = '' }) => postgresVersion(POSTGRES_URL),
}
