import { readdir, rename, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileSystem } from '@holdfast/contracts/files'
import { createFaultFileSystem, type FileOperation } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { collect } from '../test/collect.ts'
import { sampleRecord, textOf } from '../test/sample-record.ts'
import { temporaryDirectory } from '../test/temporary-directory.ts'
import { createLocalStorage, localStorageLimits } from './index.ts'

it('stores, retrieves, lists, deletes, recovers and purges, and another instance sees it', async () => {
  const directory = join(await temporaryDirectory(), 'a', 'b')
  const storage = await createLocalStorage({ directory, createDirectory: true })
  const { version } = await storage.store('db/main', sampleRecord('db/main', 'one'))
  expect(textOf(await storage.retrieve('db/main'))).toBe('one')
  const second = await storage.store('db/main', sampleRecord('db/main', 'two'), { ifVersion: version })
  await expect(
    storage.store('db/main', sampleRecord('db/main', 'three'), { ifVersion: version }),
  ).rejects.toMatchObject({
    code: 'CONFLICT',
  })
  const other = await createLocalStorage({ directory })
  expect(await other.retrieve('db/main')).toMatchObject({ version: second.version })
  expect(textOf(await other.retrieve('db/main', { version }))).toBe('one')
  expect(await collect(other.list())).toHaveLength(1)
  expect(await other.delete('db/main')).toEqual({ deleted: true })
  expect(await storage.exists('db/main')).toBe(false)
  expect(await collect(storage.listDeleted())).toHaveLength(1)
  await storage.recover('db/main')
  expect(textOf(await storage.retrieve('db/main'))).toBe('two')
  await storage.delete('db/main')
  expect(await storage.purge('db/main')).toEqual({ purged: true })
  await expect(storage.recover('db/main')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(await storage.health()).toMatchObject({ status: 'up' })
  expect((await stat(directory)).mode & 0o777).toBe(0o700)
  await storage.close()
  await expect(storage.retrieve('db/main')).rejects.toMatchObject({ code: 'CLOSED' })
})

describe('a write that is aborted', () => {
  const abortAt = async (step: FileOperation['name']) => {
    const disk = createFaultFileSystem()
    const controller = new AbortController()
    const storage = await createLocalStorage({
      directory: '/store',
      createDirectory: true,
      fileSystem: disk.share({
        schedule: async (operation) => {
          if (operation.name === step && operation.path.includes('v1.cred')) controller.abort()
          if (operation.name === step && step === 'sync') controller.abort()
        },
      }),
    })
    const error = await storage
      .store('a', sampleRecord('a', 'x'), { signal: controller.signal })
      .catch((thrown: unknown) => thrown)
    await storage.close()
    const after = await createLocalStorage({ directory: '/store', fileSystem: disk })
    return { error, exists: await after.exists('a'), left: await disk.readDirectory('/store/.pending') }
  }

  it('before the link is not written, and says so', async () => {
    const { error, exists, left } = await abortAt('sync')
    expect(error).toMatchObject({ code: 'CANCELLED', details: {} })
    expect(exists).toBe(false)
    expect(left).toEqual([])
  })

  it('answers its caller at once, and close waits until it has really ended', async () => {
    const disk = createFaultFileSystem()
    const controller = new AbortController()
    const held = Promise.withResolvers<void>()
    const storage = await createLocalStorage({
      directory: '/store',
      createDirectory: true,
      fileSystem: disk.share({
        schedule: async (operation) => {
          if (operation.name !== 'link' || !operation.path.includes('v1.cred')) return
          controller.abort()
          await held.promise
        },
      }),
    })
    await expect(storage.store('a', sampleRecord('a', 'x'), { signal: controller.signal })).rejects.toMatchObject({
      code: 'CANCELLED',
      details: { outcome: 'unknown' },
    })
    let isClosed = false
    const closed = storage.close().then(() => {
      isClosed = true
    })
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(isClosed).toBe(false)
    held.resolve()
    await closed
    expect(await disk.readDirectory('/store/.pending')).toEqual([])
  })

  it('from the link on may be written, and says that too', async () => {
    const { error, exists } = await abortAt('link')
    expect(error).toMatchObject({ code: 'CANCELLED', details: { id: 'a', outcome: 'unknown' } })
    expect(exists).toBe(true)
  })
})

it('says that the outcome is unknown when the device fails after the link', async () => {
  const disk = createFaultFileSystem()
  const storage = await createLocalStorage({
    directory: '/store',
    createDirectory: true,
    fileSystem: disk.share({
      fault: ({ name, path }) => (name === 'syncDirectory' && path === '/store/a' ? { fail: 'EIO' } : undefined),
    }),
  })
  await expect(storage.store('a', sampleRecord('a', 'x'))).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    details: { errno: 'EIO', outcome: 'unknown' },
  })
})

it('refuses what does not fit', async () => {
  const storage = await createLocalStorage({
    directory: '/s',
    createDirectory: true,
    fileSystem: createFaultFileSystem(),
  })
  await expect(storage.store('a', sampleRecord('b', 'x'))).rejects.toMatchObject({ reason: 'ID_INVALID' })
  const large = { ...sampleRecord('a', ''), value: new Uint8Array(localStorageLimits.maxValueBytes + 1) }
  await expect(storage.store('a', large)).rejects.toMatchObject({ reason: 'LIMIT_EXCEEDED' })
  const tags = Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`t${index}`, 'x']))
  await expect(storage.store('a', sampleRecord('a', 'x', { tags }))).rejects.toMatchObject({ reason: 'LIMIT_EXCEEDED' })
  const untyped: object = { scope: 5 }
  await expect(storage.store('a', sampleRecord('a', 'x', untyped))).rejects.toMatchObject({ reason: 'VALUE_MALFORMED' })
  await expect(storage.store('../a', sampleRecord('../a', 'x'))).rejects.toMatchObject({ reason: 'ID_INVALID' })
})

it('tries again when its intent was taken for abandoned, also where files cannot be linked', async () => {
  for (const canLink of [true, false]) {
    const disk = createFaultFileSystem()
    let isFenced = false
    const fence = async (intent: string): Promise<void> => {
      if (isFenced || intent.includes('.probe')) return
      isFenced = true
      await disk.unlink(intent)
    }
    const fileSystem: FileSystem = {
      ...disk,
      async link(existing, created) {
        if (!canLink) throw Object.assign(new Error('no links here'), { code: 'EPERM' })
        await fence(existing)
        return disk.link(existing, created)
      },
      async rename(from, to) {
        await fence(from)
        return disk.rename(from, to)
      },
    }
    const storage = await createLocalStorage({ directory: '/s', createDirectory: true, fileSystem })
    expect(storage.capabilities.compareAndSet).toBe(canLink)
    await storage.store('a', sampleRecord('a', 'x'))
    expect(isFenced).toBe(true)
    expect(textOf(await storage.retrieve('a'))).toBe('x')
  }
})

it('keeps empty values and values of a megabyte, and as many versions as it was told', async () => {
  const directory = await temporaryDirectory()
  const storage = await createLocalStorage({ directory, keepVersions: 3 })
  const megabyte = { ...sampleRecord('a', ''), value: new Uint8Array(1024 * 1024).fill(7) }
  await storage.store('a', megabyte)
  expect(Buffer.from((await storage.retrieve('a')).value).equals(megabyte.value)).toBe(true)
  for (let turn = 0; turn < 5; turn++) await storage.store('a', sampleRecord('a', ''))
  expect((await storage.retrieve('a')).value).toEqual(new Uint8Array(0))
  expect(await storage.history('a')).toHaveLength(3)
  expect(await readdir(join(directory, 'a'))).toHaveLength(3)
})

it('follows no symbolic link on the real file system', async () => {
  const directory = await temporaryDirectory()
  const storage = await createLocalStorage({ directory })
  await storage.store('a', sampleRecord('a', 'x'))
  await symlink(join(directory, 'a'), join(directory, 'b'))
  await expect(storage.retrieve('b')).rejects.toMatchObject({ code: 'DATA_LOSS', reason: 'TAMPERED' })
  await rename(join(directory, 'a', 'v1.cred'), join(directory, 'elsewhere'))
  await symlink(join(directory, 'elsewhere'), join(directory, 'a', 'v1.cred'))
  await expect(storage.retrieve('a')).rejects.toMatchObject({ code: 'DATA_LOSS', reason: 'TAMPERED' })
})

it('lets a hundred blind writes of one credential at once all succeed', async () => {
  const storage = await createLocalStorage({
    directory: '/s',
    createDirectory: true,
    fileSystem: createFaultFileSystem(),
  })
  const stored = await Promise.all(
    Array.from({ length: 100 }, (_, turn) => storage.store('a', sampleRecord('a', `${turn}`))),
  )
  expect(new Set(stored.map(({ version }) => version)).size).toBe(100)
  expect((await storage.retrieve('a')).version).toMatch(/^100-/)
})
