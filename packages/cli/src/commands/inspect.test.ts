import { join } from 'node:path'
import type { ResourceAdapter } from '@holdfast/contracts/resources'
import { createResourceManager, type ResourceManager, resourceKey, serveManager } from '@holdfast/resource-pool/manager'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createCommandLine } from '../../test/command-line.ts'
import { exitCodes } from '../exit-code.ts'

const database = resourceKey<object>('orders-db')
const mail = resourceKey<object>('mail')
const api = resourceKey<object>('api')

const createAdapter = (name: string): ResourceAdapter<object> => ({
  name,
  create: async () => ({}),
  validate: async () => true,
  destroy: async () => {},
})

/** A running service with three resources, and a command line that finds it. */
const serve = async (name = 'shop') => {
  const { directory, run } = await createCommandLine()
  const env = { HOLDFAST_RUNTIME_DIR: join(directory, 'run') }

  const manager = createResourceManager()
  manager.register(database, {
    adapter: createAdapter('postgres'),
    pool: { maxSize: 5 },
    health: { intervalMs: 600_000 },
  })
  manager.register(mail, { adapter: createAdapter('smtp'), kind: 'singleton' })
  manager.register(api, { adapter: createAdapter('http'), requires: [database], wants: [mail] })
  await manager.start()
  await show(manager, name, env.HOLDFAST_RUNTIME_DIR)
  return { manager, env, run: (args: readonly string[]) => run(args, { env }) }
}

const show = async (manager: ResourceManager, name: string, folder: string): Promise<void> => {
  const endpoint = await serveManager(manager, { name, folder })
  onTestFinished(async () => {
    await manager.close()
    await endpoint.close()
  })
}

describe('holdfast inspect', () => {
  test('shows every resource of the one service that runs', async () => {
    const { manager, run } = await serve()
    const lease = await manager.acquire(database)
    const { status, stdout } = await run(['inspect'])
    expect(status).toBe(0)
    expect(stdout).toMatch(new RegExp(`^shop \\(process ${process.pid}\\) is ready`))
    expect(stdout).toMatch(/orders-db +postgres +ready +1 of 5 +0/)
    expect(stdout).toMatch(/api +http +ready/)
    lease.release()
  })

  test('shows all that is known of one, as text and as data', async () => {
    const { run } = await serve()
    const { stdout } = await run(['inspect', 'orders-db'])
    expect(stdout).toMatch(/resource: +orders-db \(postgres, pooled\)/)
    expect(stdout).toMatch(/required by: +api/)
    expect(stdout).toMatch(/in use: +0 of 5/)
    expect(stdout).toMatch(/recommended: +\d/)
    const data = (await run(['inspect', 'api', '--json'])).json()
    expect(data).toMatchObject({ name: 'api', state: 'ready', requires: ['orders-db'], wants: ['mail'] })
  })

  test('of what is not there says what is', async () => {
    const { run } = await serve()
    const unknown = await run(['inspect', 'orders'])
    expect(unknown.status).toBe(exitCodes.notFound)
    expect(unknown.stderr).toContain('orders-db, mail, api')
    const service = await run(['inspect', '--service', 'other'])
    expect(service.status).toBe(exitCodes.notFound)
    expect(service.stderr).toContain('inspectAs')
  })

  test('asks which one is meant when several run', async () => {
    const { env, run } = await serve()
    const other = createResourceManager()
    await show(other, 'billing', env.HOLDFAST_RUNTIME_DIR)
    const { status, stderr } = await run(['inspect'])
    expect(status).toBe(exitCodes.usage)
    expect(stderr).toContain(`shop (${process.pid})`)
    expect(stderr).toContain('--service')
    const one = await run(['inspect', '--service', 'billing'])
    expect(one.stdout).toContain('It has no resources.')
    expect((await run(['graph', '--service', 'billing'])).stdout).toContain('no resources')
    expect((await run(['health', '--service', 'billing'])).stdout).toContain('billing')
    expect((await run(['inspect', '--pid', '1'])).status).toBe(exitCodes.notFound)
  })

  test('finds nothing where nothing runs, and says how that changes', async () => {
    const { run, directory } = await createCommandLine()
    const { status, stderr } = await run(['inspect'], { env: { HOLDFAST_RUNTIME_DIR: join(directory, 'none') } })
    expect(status).toBe(exitCodes.notFound)
    expect(stderr).toContain('No running service')
    expect(stderr).toContain('inspectAs')
  })
})

test('holdfast health shows each resource, and its exit code says whether requests may come', async () => {
  const { manager, run } = await serve()
  const { status, stdout } = await run(['health'])
  expect(status).toBe(0)
  expect(stdout).toMatch(/is ready, up and ready/)
  expect(stdout).toMatch(/orders-db +ready +up/)
  await manager.stop()
  const stopped = await run(['health'])
  expect(stopped.status).toBe(exitCodes.checkFailed)
  expect(stopped.stdout).toContain('not ready')
  expect((await run(['health', '--json'])).json()).toMatchObject({ isReady: false })
})

test('holdfast graph draws what needs what, in three ways', async () => {
  const { run } = await serve()
  expect((await run(['graph'])).stdout).toBe(
    ['api  ready', '├─ requires orders-db  ready', '└─ wants mail  ready', ''].join('\n'),
  )
  expect((await run(['graph', '--format', 'mermaid'])).stdout).toContain('flowchart TD')
  expect((await run(['graph', '--format', 'dot'])).stdout).toContain('digraph resources')
  expect((await run(['graph', '--json'])).json()).toHaveProperty('edges')
  const wrong = await run(['graph', '--format', 'png'])
  expect(wrong.status).toBe(exitCodes.usage)
  expect(wrong.stderr).toContain('tree, mermaid, dot')
})
