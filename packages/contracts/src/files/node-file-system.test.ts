import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createNodeFileSystem } from './node-file-system.ts'

const files = createNodeFileSystem()
let folder: string
const at = (name: string): string => join(folder, name)
const textOf = async (name: string): Promise<string> => Buffer.from(await files.readFile(at(name))).toString()

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-files-'))
})
afterEach(() => rm(folder, { recursive: true }))

const write = async (name: string, ...parts: readonly Uint8Array[]): Promise<void> => {
  const file = await files.createFile(at(name), 0o600)
  for (const part of parts) await file.write(part)
  await file.sync()
  await file.close()
}

it('creates a file that was not there, with its mode, and appends', async () => {
  await write('a', Buffer.from('one '), Buffer.from('two'))
  expect(await textOf('a')).toBe('one two')
  expect(await files.inspect(at('a'))).toMatchObject({ kind: 'file', sizeBytes: 7, mode: 0o600 })
  await expect(write('a')).rejects.toMatchObject({ code: 'EEXIST' })
})

// 16 KiB is read in one go, more in further steps.
it.each([0, 1, 16_383, 16_384, 16_385, 100_000, 1_000_000])('reads back a file of %i bytes', async (size) => {
  const bytes = Uint8Array.from({ length: size }, (_, index) => (index * 31 + (index >> 8)) & 255)
  await write('a', bytes)
  expect(Buffer.compare(await files.readFile(at('a')), bytes)).toBe(0)
})

it('links, renames, removes, and says what is not there', async () => {
  await write('a', Buffer.from('one'))
  await write('b', Buffer.from('two'))
  await files.link(at('a'), at('c'))
  await expect(files.link(at('b'), at('c'))).rejects.toMatchObject({ code: 'EEXIST' })
  await files.rename(at('b'), at('a'))
  expect([await textOf('a'), await textOf('c')]).toEqual(['two', 'one'])
  await files.unlink(at('a'))
  await expect(files.readFile(at('a'))).rejects.toMatchObject({ code: 'ENOENT' })
  await expect(files.link(at('a'), at('d'))).rejects.toMatchObject({ code: 'ENOENT' })
})

it('makes, lists, syncs and removes folders', async () => {
  await files.makeDirectory(at('sub'), 0o700)
  await expect(files.makeDirectory(at('sub'), 0o700)).rejects.toMatchObject({ code: 'EEXIST' })
  await write('sub/a')
  await write('sub/b')
  await files.syncDirectory(at('sub'))
  const streamed: string[] = []
  for await (const name of files.streamDirectory(at('sub'))) streamed.push(name)
  expect([[...(await files.readDirectory(at('sub')))].sort(), streamed.sort()]).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ])
  await expect(files.removeDirectory(at('sub'))).rejects.toMatchObject({ code: 'ENOTEMPTY' })
  await files.unlink(at('sub/a'))
  await files.unlink(at('sub/b'))
  await files.removeDirectory(at('sub'))
  await expect(files.inspect(at('sub'))).rejects.toMatchObject({ code: 'ENOENT' })
})

it('follows no symbolic link', async () => {
  await writeFile(at('target'), 'elsewhere')
  await mkdir(at('folder'))
  await symlink(at('target'), at('file-link'))
  await symlink(at('folder'), at('folder-link'))
  await expect(files.readFile(at('file-link'))).rejects.toMatchObject({ code: 'ELOOP' })
  await expect(files.readDirectory(at('folder-link'))).rejects.toMatchObject({ code: 'ENOTDIR' })
  expect(await files.inspect(at('file-link'))).toMatchObject({ kind: 'link' })
  expect(await files.inspect(at('folder'))).toMatchObject({ kind: 'directory' })
})

it('changes modes', async () => {
  await write('a')
  await files.changeMode(at('a'), 0o640)
  expect((await files.inspect(at('a'))).mode).toBe(0o640)
})

it('tells of changes in a folder until the signal is aborted', async () => {
  const controller = new AbortController()
  const changes = files.watchDirectory(folder, { signal: controller.signal })[Symbol.asyncIterator]()
  const change = changes.next()
  await write('a')
  expect(await change).toEqual({ done: false, value: { name: 'a' } })
  controller.abort()
  // What was noticed before the abort may still come.
  let last = await changes.next()
  while (last.done !== true) last = await changes.next()
  expect(last.done).toBe(true)
})

it('says when the folder to watch is not there', async () => {
  const { signal } = new AbortController()
  const changes = files.watchDirectory(at('none'), { signal })[Symbol.asyncIterator]()
  await expect(changes.next()).rejects.toMatchObject({ code: 'ENOENT' })
})
