import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { findProgram } from '../find-program.ts'
import { debianLibraries, fetchDebianPackages } from '../package-clients/debian-packages.ts'
import type { Installation, ServerDefinition } from '../server-definition.ts'
import { tcpExchange } from '../tcp-exchange.ts'

/** Redis as Debian packs it. */
export const redisInstallation: Installation = {
  id: 'redis-7.0-debian',
  cost: '1 MB, seconds',
  needs: ['apt-get', 'dpkg'],
  async findOnMachine() {
    const server = await findProgram('redis-server')
    return server === undefined ? undefined : { paths: { 'redis-server': server } }
  },
  async fetch(context) {
    await fetchDebianPackages(context, ['redis-tools'])
    // One program under several names: it is the server when it is called so.
    await symlink('redis-check-rdb', join(context.folder, 'usr/bin/redis-server'))
  },
  programs: async (folder) => ({
    paths: { 'redis-server': join(folder, 'usr/bin/redis-server') },
    environment: await debianLibraries(folder),
  }),
}

/** Asks a Redis for its version. */
export const redisVersion = async (url: string): Promise<string> => {
  const { port, hostname, password, username } = new URL(url)
  if (hostname !== '127.0.0.1' || username !== '' || password !== '') return 'not asked'
  const info = await tcpExchange(Number(port || 6379), 'INFO server\r\n', 'tcp_port')
  return /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown'
}

/** Resolves when a Redis answers. */
export const redisAnswers = async (port: number): Promise<void> => {
  await tcpExchange(port, 'PING\r\n', '+PONG')
}

/** One Redis that keeps nothing but an append-only file, so that a restart finds its data. */
export const redis: ServerDefinition = {
  name: 'redis',
  title: 'Redis',
  environment: { REDIS_URL: 'REDIS_URL' },
  installation: redisInstallation,
  container: {
    service: 'redis',
    portVariables: ['REDIS_PORT'],
    settings: ([port]) => ({ REDIS_URL: `redis://127.0.0.1:${port}` }),
  },
  async plan({ programs, folder, freePort }) {
    const port = await freePort()
    return {
      settings: { REDIS_URL: `redis://127.0.0.1:${port}` },
      processes: [
        {
          name: 'redis',
          program: programs.paths['redis-server'] ?? 'redis-server',
          parameters: [
            ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder],
            ...['--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec', '--daemonize', 'no'],
          ],
          ready: () => redisAnswers(port),
        },
      ],
    }
  },
  version: ({ REDIS_URL = '' }) => redisVersion(REDIS_URL),
}
