import type { Logger } from '@holdfast/contracts'
import { createFakeClock, createFaultFileSystem, type FaultFileSystem } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { platformOf } from '../test/durability-workload.ts'
import { sampleRecord, textOf } from '../test/sample-record.ts'
import { createLocalStorage, defaultDirectoryFromEnvironment, type Platform } from './index.ts'

const collectingLogger = () => {
  const warnings: string[] = []
  const ignore = (): void => {}
  const logger: Logger = {
    debug: ignore,
    info: ignore,
    error: ignore,
    warn: (_, message) => void warnings.push(message),
  }
  return { logger, warnings }
}

const open = (fileSystem: FaultFileSystem, options: Parameters<typeof createLocalStorage>[0] = {}) =>
  createLocalStorage({ directory: '/store', fileSystem, platform: platformOf(100), ...options })

describe('the store folder', () => {
  it('must be there unless it may be created', async () => {
    const files = createFaultFileSystem()
    await expect(open(files)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await open(files, { createDirectory: true, directory: '/a/b/c' })
    for (const path of ['/a', '/a/b', '/a/b/c', '/a/b/c/.pending']) {
      expect(await files.inspect(path)).toMatchObject({ kind: 'directory', mode: 0o700 })
    }
  })

  it('is closed to others when it is empty, and refused when it is not', async () => {
    const files = createFaultFileSystem()
    await files.makeDirectory('/store', 0o755)
    const { logger, warnings } = collectingLogger()
    await open(files, { logger })
    expect((await files.inspect('/store')).mode).toBe(0o700)
    expect(warnings).toEqual(['the empty store folder was open to other accounts and is closed now'])
    await files.changeMode('/store', 0o750)
    await expect(open(files)).rejects.toMatchObject({ code: 'PERMISSION_DENIED', reason: 'FOLDER_EXPOSED' })
    await expect(open(files)).rejects.toThrow('chmod 700')
    expect((await files.inspect('/store')).mode).toBe(0o750)
  })

  it('may be no symbolic link and no file', async () => {
    const files = createFaultFileSystem()
    files.plantLink('/store')
    await expect(open(files, { createDirectory: true })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await (await files.createFile('/file', 0o600)).close()
    await expect(open(files, { directory: '/file' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('gives every file to its owner alone', async () => {
    const files = createFaultFileSystem()
    const storage = await open(files, { createDirectory: true })
    await storage.store('a', sampleRecord('a', 'x'))
    expect(await files.inspect('/store/a')).toMatchObject({ mode: 0o700 })
    expect(await files.inspect('/store/a/v1.cred')).toMatchObject({ mode: 0o600 })
  })

  it('is swept of intents whose writers are gone, and of none that is at work', async () => {
    const files = createFaultFileSystem()
    const clock = createFakeClock()
    await open(files, { createDirectory: true, clock })
    const now = clock.wallNow()
    const intents = {
      dead: `a.1.999.${now.toString(36)}.00000001`,
      old: `a.1.100.${(now - 61_000).toString(36)}.00000002`,
      future: `a.1.100.${(now + 61_000).toString(36)}.00000003`,
      live: `a.1.100.${now.toString(36)}.00000004`,
      foreign: 'not-ours',
    }
    for (const name of Object.values(intents)) await (await files.createFile(`/store/.pending/${name}`, 0o600)).close()
    await open(files, { clock })
    expect([...(await files.readDirectory('/store/.pending'))].sort()).toEqual([intents.live, intents.foreign].sort())
  })

  it.each(['EROFS', 'EACCES', 'ENOSPC'])('can be read where writing fails with %s', async (errno) => {
    const disk = createFaultFileSystem()
    await (await open(disk, { createDirectory: true })).store('a', sampleRecord('a', 'x'))
    const writes = new Set(['createFile', 'makeDirectory', 'link', 'unlink', 'rename', 'write', 'changeMode'])
    const fileSystem = disk.share({ fault: ({ name }) => (writes.has(name) ? { fail: errno } : undefined) })
    const { logger, warnings } = collectingLogger()
    const storage = await open(fileSystem, { logger })
    expect(warnings).toContain('the store cannot be written to')
    expect(textOf(await storage.retrieve('a'))).toBe('x')
    expect(await storage.health()).toMatchObject({ status: 'degraded' })
    const code = errno === 'ENOSPC' ? 'RESOURCE_EXHAUSTED' : 'PERMISSION_DENIED'
    const error = await storage.store('a', sampleRecord('a', 'y')).catch((thrown) => thrown)
    expect(error).toMatchObject({ code, source: 'storage-local' })
    expect(error.details.outcome).toBeUndefined()
    await expect(storage.delete('a')).rejects.toMatchObject({ code })
    expect(textOf(await storage.retrieve('a'))).toBe('x')
  })

  it('says when it is gone', async () => {
    const files = createFaultFileSystem()
    const storage = await open(files, { createDirectory: true })
    await files.removeDirectory('/store/.pending')
    expect(await storage.health()).toMatchObject({ status: 'down' })
    await files.removeDirectory('/store')
    await expect(storage.retrieve('a')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(storage.store('a', sampleRecord('a', 'x'))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(await storage.health()).toMatchObject({ status: 'down' })
    await (await files.createFile('/store', 0o600)).close()
    expect(await storage.health()).toMatchObject({ status: 'down' })
  })

  it('tells everything that is wrong with the options at once', async () => {
    const wrong = { directory: '', fileExtension: 'A/b', keepVersions: Number.NaN, rescanIntervalMs: -1, clock: {} }
    // @ts-expect-error: the clock is not one
    const error = await createLocalStorage(wrong).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'OPTIONS_INVALID' })
    expect(error.details.problems.map(({ path }: { path: string }) => path).sort()).toEqual(Object.keys(wrong).sort())
  })
})

describe('without hard links', () => {
  it.each(['EPERM', 'ENOTSUP', 'EACCES'])('refuses compare-and-set and writes by rename (%s)', async (errno) => {
    const fileSystem = createFaultFileSystem({ fault: ({ name }) => (name === 'link' ? { fail: errno } : undefined) })
    const storage = await open(fileSystem, { createDirectory: true })
    expect(storage.capabilities.compareAndSet).toBe(false)
    const { version } = await storage.store('a', sampleRecord('a', 'one'))
    await expect(storage.store('a', sampleRecord('a', 'two'), { ifVersion: version })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    })
    await storage.store('a', sampleRecord('a', 'two'))
    expect(textOf(await storage.retrieve('a'))).toBe('two')
    expect(textOf(await storage.retrieve('a', { version }))).toBe('one')
    expect(await fileSystem.readDirectory('/store/.pending')).toEqual([])
  })
})

describe('on Windows', () => {
  const windows = (run: Platform['run']): Platform => ({
    ...platformOf(100),
    name: 'win32',
    run,
    accountName: () => 'ACME\\jo',
  })

  it('gives the new folder to this account alone', async () => {
    const calls: (readonly string[])[] = []
    const platform = windows((command, commandArguments) => {
      calls.push([command, ...commandArguments])
      return Promise.resolve()
    })
    const files = createFaultFileSystem()
    await open(files, { createDirectory: true, platform })
    await open(files, { platform })
    expect(calls).toEqual([['icacls', '/store', '/inheritance:r', '/grant:r', 'ACME\\jo:(OI)(CI)F']])
  })

  it('warns when that fails, and goes by no mode bits', async () => {
    const files = createFaultFileSystem()
    const { logger, warnings } = collectingLogger()
    const platform = windows(() => Promise.reject(new Error('no icacls')))
    await open(files, { createDirectory: true, platform, logger })
    expect(warnings).toEqual([expect.stringContaining('other accounts may be able to read it')])
    await files.changeMode('/store', 0o777)
    await open(files, { platform, logger })
  })
})

describe('the default folder', () => {
  it.each([
    ['linux', {}, '/home/jo', '/home/jo/.local/share/holdfast/credentials'],
    ['linux', { XDG_DATA_HOME: '/data' }, '/home/jo', '/data/holdfast/credentials'],
    ['linux', { XDG_DATA_HOME: 'relative' }, '/home/jo', '/home/jo/.local/share/holdfast/credentials'],
    ['darwin', {}, '/Users/jo', '/Users/jo/Library/Application Support/holdfast/credentials'],
    ['win32', { LOCALAPPDATA: 'D:\\Local' }, 'C:\\Users\\jo', 'D:\\Local\\holdfast\\credentials'],
    ['win32', {}, 'C:\\Users\\jo', 'C:\\Users\\jo\\AppData\\Local\\holdfast\\credentials'],
  ])('on %s with %o', (platform, environment, home, expected) => {
    expect(defaultDirectoryFromEnvironment(environment, platform, home)).toBe(expected)
  })
})
