import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expectRejection } from '@holdfast/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { askManager } from '../src/endpoint/ask-manager.ts'
import { findManagers } from '../src/endpoint/find-managers.ts'
import { managerFolderFromEnvironment } from '../src/endpoint/manager-folder.ts'
import { serveManager } from '../src/manager/serve-manager.ts'
import { explanation, snapshotManager } from './snapshot-manager.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-endpoint-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

describe('the local endpoint of a manager', () => {
  it('shows everything to its own user, and is gone when it is closed', async () => {
    const folder = join(root, 'run')
    const endpoint = await serveManager(snapshotManager(), { name: 'shop', folder })
    expect(await findManagers(folder)).toEqual([{ name: 'shop', pid: process.pid, socketPath: endpoint.socketPath }])
    const snapshot = await askManager(endpoint.socketPath)
    expect(snapshot).toMatchObject({ protocol: 1, name: 'shop', pid: process.pid, state: 'ready' })
    expect(snapshot.resources).toEqual([explanation()])
    await endpoint.close()
    await endpoint.close()
    expect(await findManagers(folder)).toEqual([])
    await expectRejection(() => askManager(endpoint.socketPath), { operation: 'askManager', code: 'UNAVAILABLE' })
  })

  it('lets nobody else in: the folder is the user’s own, also when it was there with more rights', async () => {
    const folder = join(root, 'open')
    await mkdir(folder, { mode: 0o777 })
    const endpoint = await serveManager(snapshotManager(), { folder })
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    await endpoint.close()
    await symlink(folder, join(root, 'link'))
    await expectRejection(() => serveManager(snapshotManager(), { folder: join(root, 'link') }), {
      operation: 'serveManager',
      code: 'PERMISSION_DENIED',
      reason: 'FOLDER_EXPOSED',
    })
  })

  it('answers its one page only, and changes nothing', async () => {
    const endpoint = await serveManager(snapshotManager(), { folder: root })
    const statusOf = (method: string, path: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        request({ socketPath: endpoint.socketPath, method, path }, (response) => {
          response.resume()
          resolve(response.statusCode)
        })
          .on('error', reject)
          .end()
      })
    expect(await statusOf('GET', '/v1/manager')).toBe(200)
    expect(await statusOf('POST', '/v1/manager')).toBe(404)
    expect(await statusOf('GET', '/../manager')).toBe(404)
    await endpoint.close()
  })

  it('removes what killed processes left behind, and refuses a name that is taken in this one', async () => {
    // No process has this number: it is over the largest that Linux gives.
    await writeFile(join(root, 'dead-99999999.sock'), '')
    // A container gives every process the same number.
    await writeFile(join(root, `shop-${process.pid}.sock`), '')
    const endpoint = await serveManager(snapshotManager(), { name: 'shop', folder: root })
    expect(await readdir(root)).toEqual([`shop-${process.pid}.sock`])
    await expectRejection(() => serveManager(snapshotManager(), { name: 'shop', folder: root }), {
      operation: 'serveManager',
      code: 'ALREADY_EXISTS',
    })
    const other = await serveManager(snapshotManager(), { name: 'other', folder: root })
    expect(await findManagers(root)).toHaveLength(2)
    await Promise.all([endpoint.close(), other.close()])
  })

  it('says all that is wrong with a name and a folder', async () => {
    const error = await expectRejection(
      () => serveManager(snapshotManager(), { name: 'a/b', folder: join(root, 'x'.repeat(120)) }),
      { operation: 'serveManager', code: 'INVALID_ARGUMENT' },
    )
    expect(JSON.stringify(error.details)).toMatch(/name.*HOLDFAST_RUNTIME_DIR/)
  })

  it('of another protocol is refused, and one that hangs is given up with its caller', async () => {
    const socketPath = join(root, 'odd-1.sock')
    const server = createServer((_request, response) => response.end('{"protocol":2}')).listen(socketPath)
    await expectRejection(() => askManager(socketPath), { operation: 'askManager', code: 'UNSUPPORTED' })
    server.removeAllListeners('request')
    const asked = Promise.withResolvers<void>()
    server.on('request', () => asked.resolve())
    const controller = new AbortController()
    const answer = askManager(socketPath, { signal: controller.signal })
    await asked.promise
    controller.abort()
    await expectRejection(() => answer, { operation: 'askManager', code: 'CANCELLED' })
    server.closeAllConnections()
    server.close()
  })

  it('harms nobody when something it asks throws', async () => {
    const manager = {
      ...snapshotManager(),
      explain: () => {
        throw new Error('a policy of the service')
      },
    }
    const endpoint = await serveManager(manager, { folder: root })
    for (let times = 0; times < 2; times++) {
      await expectRejection(() => askManager(endpoint.socketPath), { operation: 'askManager', code: 'INTERNAL' })
    }
    await endpoint.close()
  })

  it('is found where the environment says', async () => {
    expect(managerFolderFromEnvironment({ HOLDFAST_RUNTIME_DIR: '/run/mine', XDG_RUNTIME_DIR: '/run/user/1' })).toBe(
      '/run/mine',
    )
    expect(managerFolderFromEnvironment({ XDG_RUNTIME_DIR: '/run/user/1' })).toBe('/run/user/1/holdfast')
    expect(managerFolderFromEnvironment({})).toMatch(/holdfast-\w+$/)
    expect(await findManagers(join(root, 'nothing'))).toEqual([])
  })
})
