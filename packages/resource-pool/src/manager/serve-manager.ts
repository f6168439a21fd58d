import { once } from 'node:events'
import { unlink } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { type Clock, createProblems, HoldfastError } from '@holdfast/contracts'
import { askManager, snapshotPath } from '../endpoint/ask-manager.ts'
import { findManagers, isRunning } from '../endpoint/find-managers.ts'
import { managerFolderFromEnvironment, prepareManagerFolder } from '../endpoint/manager-folder.ts'
import { source } from '../pool-errors.ts'
import { managerSnapshot } from './manager-snapshot.ts'
import type { ResourceManager } from './resource-manager.ts'

/** Options of {@link serveManager}. */
export interface ServeManagerOptions {
  /** What the command line calls the service: letters, digits, dots, hyphens and underscores. Default `service`. */
  readonly name?: string | undefined
  /** Where the socket is made. Default: the user's runtime folder. */
  readonly folder?: string | undefined
  readonly clock?: Clock | undefined
}

/** The local endpoint of a manager. */
export interface ManagerEndpoint {
  readonly socketPath: string
  close(): Promise<void>
}

/** Bytes that the address of a Unix socket may have: 104 with its final zero on macOS, 108 on Linux (unix(4), unix(7)). */
const longestAddress = 103

/**
 * Lets `holdfast inspect`, `health` and `graph` look at a running manager: a Unix socket that only this user can connect to,
 * which answers one page and changes nothing. It keeps no process alive.
 *
 * Errors: INVALID_ARGUMENT for a name or a folder that cannot be, PERMISSION_DENIED/FOLDER_EXPOSED, ALREADY_EXISTS, UNSUPPORTED on Windows.
 */
export const serveManager = async (
  manager: ResourceManager,
  { name = 'service', folder = managerFolderFromEnvironment(), clock }: ServeManagerOptions = {},
): Promise<ManagerEndpoint> => {
  if (process.platform === 'win32') throw unsupported()
  const socketPath = join(folder, `${name}-${process.pid}.sock`)
  const problems = createProblems(source, 'serveManager')
  problems.require(/^[\w.-]{1,64}$/.test(name), 'name', name, 'up to 64 letters, digits, dots, hyphens and underscores')
  problems.require(
    Buffer.byteLength(socketPath) <= longestAddress,
    'folder',
    folder,
    `so short that the socket's path has at most ${longestAddress} bytes: set HOLDFAST_RUNTIME_DIR`,
  )
  problems.throwIfAny()
  await prepareManagerFolder(folder)
  await removeAbandoned(folder)
  const server = createServer((request, response) => {
    response.setHeader('cache-control', 'no-store')
    if (request.method !== 'GET' || request.url !== snapshotPath) {
      response.writeHead(404).end()
      return
    }
    let body: string
    try {
      body = JSON.stringify(managerSnapshot(manager, name, clock))
    } catch {
      // A policy of the service's own is asked for its state too: what it throws must not end the service that is looked at.
      response.writeHead(500).end()
      return
    }
    response.setHeader('content-type', 'application/json; charset=utf-8')
    response.end(body)
  })
  server.listen(socketPath)
  await once(server, 'listening').catch((error: unknown) => {
    throw Reflect.get(Object(error), 'code') === 'EADDRINUSE' ? alreadyServed(name) : error
  })
  server.unref()
  return {
    socketPath,
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      // Removes the socket too.
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Removes the sockets of processes that were killed. Processes in containers have the same number again and again, so one of this number is asked. */
const removeAbandoned = async (folder: string): Promise<void> => {
  for (const { pid, socketPath } of await findManagers(folder)) {
    const isAbandoned = pid === process.pid ? !(await answers(socketPath)) : !isRunning(pid)
    if (isAbandoned) await unlink(socketPath).catch(() => {})
  }
}

const answers = (socketPath: string): Promise<boolean> =>
  askManager(socketPath).then(
    () => true,
    (error: unknown) => !HoldfastError.is(error, 'UNAVAILABLE'),
  )

const alreadyServed = (name: string): HoldfastError =>
  new HoldfastError({
    code: 'ALREADY_EXISTS',
    source,
    operation: 'serveManager',
    message: `This process has a manager that is called ${name} already.`,
    hint: 'Give each manager of a process its own name.',
  })

const unsupported = (): HoldfastError =>
  new HoldfastError({
    code: 'UNSUPPORTED',
    source,
    operation: 'serveManager',
    message: 'Windows has no sockets that only one user can connect to.',
    hint: 'Leave inspectAs away there, and show explain() and graph() on a page of the service.',
  })
