import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { installOnce } from '../src/install-once.ts'

let cacheFolder: string

beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'holdfast-cache-'))
})

afterEach(() => rm(cacheFolder, { recursive: true }))

const fill = async (folder: string): Promise<void> => {
  await writeFile(join(folder, 'program'), 'complete')
  await writeFile(join(cacheFolder, 'fills'), 'x', { flag: 'a' })
}
const fills = async (): Promise<number> => (await readFile(join(cacheFolder, 'fills'), 'utf8')).length

/** A process that installs the same; resolves with what it printed. */
const otherProcess = (): Promise<string> => {
  const script = `
    import { appendFileSync, writeFileSync } from 'node:fs'
    import { installOnce } from ${JSON.stringify(join(import.meta.dirname, '../src/install-once.ts'))}
    const cacheFolder = ${JSON.stringify(cacheFolder)}
    const folder = await installOnce({ cacheFolder, id: 'thing-1', fill: async (folder) => {
      appendFileSync(cacheFolder + '/fills', 'x')
      await new Promise((resolve) => setTimeout(resolve, 300))
      writeFileSync(folder + '/program', 'complete')
    } })
    process.stdout.write(folder)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (text) => {
    output += String(text)
  })
  return new Promise((resolve) => child.on('close', () => resolve(output)))
}

it('fills a folder once for several processes', async () => {
  const folders = await Promise.all([otherProcess(), otherProcess(), otherProcess()])
  expect(new Set(folders)).toEqual(new Set([join(cacheFolder, 'thing-1')]))
  expect(await fills()).toBe(1)
  expect(await readFile(join(cacheFolder, 'thing-1/program'), 'utf8')).toBe('complete')
})

it('fills it once for several callers, and says that it waits', async () => {
  const waits: string[] = []
  const install = (name: string) =>
    installOnce({ cacheFolder, id: 'thing-1', fill, onWait: () => void waits.push(name) })
  await Promise.all([install('one'), install('other')])
  await install('third')
  expect(await fills()).toBe(1)
  expect(waits.length).toBeLessThanOrEqual(1)
})

it('leaves nothing of a fill that failed, and tries again', async () => {
  const problem = installOnce({ cacheFolder, id: 'thing-1', fill: () => Promise.reject(new Error('no network')) })
  await expect(problem).rejects.toThrow('no network')
  expect(await readdir(cacheFolder)).toEqual([])
  await installOnce({ cacheFolder, id: 'thing-1', fill })
  expect(await readdir(join(cacheFolder, 'thing-1'))).toEqual(['program'])
})

it('takes over from a process that was killed while it filled', async () => {
  // No process has a number above the limit of the kernel.
  const dead = 2 ** 22 + 1
  await writeFile(join(cacheFolder, '.lock-thing-1'), String(dead))
  await mkdir(join(cacheFolder, `.filling-thing-1-${dead}`))
  await writeFile(join(cacheFolder, `.filling-thing-1-${dead}`, 'program'), 'half')
  const folder = await installOnce({ cacheFolder, id: 'thing-1', fill })
  expect(await readFile(join(folder, 'program'), 'utf8')).toBe('complete')
  expect((await readdir(cacheFolder)).sort()).toEqual(['fills', 'thing-1'])
})

it('takes over a lock whose holder, maybe on another machine, stopped refreshing it', async () => {
  const lock = join(cacheFolder, '.lock-thing-1')
  await writeFile(lock, String(process.pid))
  const longAgo = new Date(Date.now() - 3_600_000)
  await utimes(lock, longAgo, longAgo)
  await installOnce({ cacheFolder, id: 'thing-1', fill })
  expect(await fills()).toBe(1)
})
