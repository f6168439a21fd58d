import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createCommandLine } from '../../test/command-line.ts'
import { checkNode } from '../doctor/check-node.ts'

/** Flips one bit in the newest version of the only credential of a store. */
const damage = async (store: string): Promise<void> => {
  for (const folder of await readdir(store)) {
    if (folder.startsWith('.') || folder.startsWith('%2e')) continue
    const files = (await readdir(join(store, folder))).filter((name) => !name.startsWith('.')).sort()
    const path = join(store, folder, String(files.at(-1)))
    const bytes = await readFile(path)
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 3) ^ 1, bytes.length - 3)
    await writeFile(path, bytes)
  }
}

test('doctor finds nothing wrong with a healthy vault', async () => {
  const { run } = await createCommandLine()
  await run(['init'])
  await run(['set', 'a'], { stdin: 'f4ke' })
  const { status, stdout } = await run(['doctor'])
  expect(stdout).toContain('Nothing is wrong.')
  expect(status).toBe(0)
  expect((await run(['doctor', '--json'])).json()).toMatchObject({ failed: 0 })
})

test('doctor finds a damaged record and names the command that brings the version before it back', async () => {
  const { run, directory, printed } = await createCommandLine()
  await run(['init'])
  await run(['set', 'a'], { stdin: 'f4ke-1' })
  await run(['set', 'a'], { stdin: 'f4ke-2' })
  await damage(join(directory, '.holdfast/store'))
  expect((await run(['get', 'a', '--reveal'])).status).toBe(6)
  const { status, stdout } = await run(['doctor'])
  expect(status).toBe(8)
  expect(stdout).toContain('FAIL   records: a cannot be opened')
  expect(stdout).toContain('holdfast restore a')
  expect(printed()).not.toContain('f4ke')
  expect((await run(['restore', 'a'])).status).toBe(0)
  expect((await run(['get', 'a', '--reveal'])).stdout).toBe('f4ke-1')
  const after = await run(['doctor'])
  expect(after.status).toBe(0)
  expect(after.stdout).toMatch(/warn +leftovers: damaged files were moved to .*\.quarantine: 1/)
})

test('doctor finds an exposed key file, an open folder, a missing key and a missing vault', async () => {
  const { run, directory } = await createCommandLine()
  expect((await run(['doctor'])).stdout).toContain('holdfast init')
  await run(['init'])
  const key = join(directory, '.holdfast/store.key')
  await chmod(key, 0o640)
  const exposed = await run(['doctor'])
  expect(exposed.status).toBe(8)
  expect(exposed.stdout).toContain(`FAIL   key file: ${key} can be read by others (mode 0640)`)
  expect(exposed.stdout).toContain(`chmod 600 ${key}`)
  await chmod(key, 0o600)
  await chmod(join(directory, '.holdfast/store'), 0o755)
  const open = await run(['doctor'])
  expect(open.status).toBe(8)
  expect(open.stdout).toContain('chmod 700')
  await chmod(join(directory, '.holdfast/store'), 0o700)
  expect((await run(['doctor', '--key-file', 'nowhere'])).stdout).toContain('is not there')
})

test('doctor warns of a key inside the store and of records from the future', async () => {
  const { run } = await createCommandLine()
  await run(['init', '--store', 'file:store'])
  await run(['init', '--store', 'file:other', '--key-file', 'store/inside.key'])
  const args = ['--store', 'file:other', '--key-file', 'store/inside.key']
  await run(['set', 'a', ...args], { stdin: 'f4ke' })
  const { createFakeClock } = await import('@holdfast/testkit')
  const clock = createFakeClock({ wallMs: Date.parse('2026-11-20T12:00:00Z') })
  const { stdout, status } = await run(['doctor', ...args], { environment: { clock } })
  expect(stdout).toContain('warn   clock: a record was written 1440 minutes in the future')
  expect(status).toBe(0)
})

test.each([
  ['24.11.0', 'ok'],
  ['22.22.1', 'ok'],
  ['26.0.0', 'ok'],
  ['24.10.0', 'fail'],
  ['20.19.0', 'fail'],
  ['25.1.0', 'fail'],
])('Node %s is %s', (version, status) => {
  expect(checkNode(version).status).toBe(status)
})
