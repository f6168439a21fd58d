import { expect, it } from 'vitest'
import { createFaultFileSystem, type FaultFileSystem, type FileFault } from './fault-file-system.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const read = async (files: FaultFileSystem, path: string): Promise<string> =>
  new TextDecoder().decode(await files.readFile(path))

const writeSynced = async (files: FaultFileSystem, path: string, text: string): Promise<void> => {
  const file = await files.createFile(path, 0o600)
  await file.write(bytes(text))
  await file.sync()
  await file.close()
}

const at = (number: number, fault: FileFault) => (operation: { readonly number: number }) =>
  operation.number === number ? fault : undefined

it('behaves as a file system: EEXIST, ENOENT, ENOTEMPTY, EISDIR, ENOTDIR, hard links', async () => {
  const files = createFaultFileSystem()
  await files.makeDirectory('/a', 0o700)
  await writeSynced(files, '/a/one', 'text')
  await files.link('/a/one', '/a/two')
  await files.unlink('/a/one')
  expect(await read(files, '/a/two')).toBe('text')
  expect(await files.readDirectory('/a')).toEqual(['two'])
  expect(await files.inspect('/a/two')).toMatchObject({ kind: 'file', sizeBytes: 4, mode: 0o600 })
  await expect(files.createFile('/a/two', 0o600)).rejects.toMatchObject({ code: 'EEXIST' })
  await expect(files.link('/a/two', '/a/two')).rejects.toMatchObject({ code: 'EEXIST' })
  await expect(files.readFile('/a/one')).rejects.toMatchObject({ code: 'ENOENT' })
  await expect(files.readFile('/a')).rejects.toMatchObject({ code: 'EISDIR' })
  await expect(files.readFile('/a/two/x')).rejects.toMatchObject({ code: 'ENOTDIR' })
  await expect(files.removeDirectory('/a')).rejects.toMatchObject({ code: 'ENOTEMPTY' })
  await files.rename('/a/two', '/three')
  await files.removeDirectory('/a')
  expect(await files.readDirectory('/')).toEqual(['three'])
})

it('follows no symbolic link', async () => {
  const files = createFaultFileSystem()
  files.plantLink('/link')
  expect(await files.inspect('/link')).toMatchObject({ kind: 'link' })
  await expect(files.readFile('/link')).rejects.toMatchObject({ code: 'ELOOP' })
  await expect(files.readDirectory('/link')).rejects.toMatchObject({ code: 'ENOTDIR' })
})

it('keeps after a power cut only what was synced: content by file, entries by folder', async () => {
  const files = createFaultFileSystem()
  await files.makeDirectory('/kept', 0o700)
  await files.syncDirectory('/')
  await files.makeDirectory('/lost', 0o700)
  await writeSynced(files, '/kept/synced', 'whole')
  const open = await files.createFile('/kept/unsynced', 0o600)
  await open.write(bytes('never synced'))
  await files.syncDirectory('/kept')
  await writeSynced(files, '/kept/no-entry', 'whole')

  const after = files.crash({ keep: 'synced' })
  expect(await after.readDirectory('/')).toEqual(['kept'])
  expect([...(await after.readDirectory('/kept'))].sort()).toEqual(['synced', 'unsynced'])
  expect(await read(after, '/kept/synced')).toBe('whole')
  expect(await read(after, '/kept/unsynced')).toBe('')
  const everything = files.crash({ keep: 'everything' })
  expect(await read(everything, '/kept/unsynced')).toBe('never synced')
  expect([...(await everything.readDirectory('/'))].sort()).toEqual(['kept', 'lost'])
})

it('brings back a removal that was not synced', async () => {
  const files = createFaultFileSystem()
  await writeSynced(files, '/file', 'old')
  await files.syncDirectory('/')
  await files.unlink('/file')
  expect(await read(files.crash({ keep: 'synced' }), '/file')).toBe('old')
  await files.syncDirectory('/')
  await expect(files.crash({ keep: 'synced' }).readFile('/file')).rejects.toMatchObject({ code: 'ENOENT' })
})

it('reaches every state between, the same for the same seed', async () => {
  const files = createFaultFileSystem()
  const open = await files.createFile('/a', 0o600)
  await open.write(bytes('0123456789'))
  await writeSynced(files, '/b', 'b')
  const stateOf = async (seed: number): Promise<string> => {
    const after = files.crash({ keep: seed })
    const names = [...(await after.readDirectory('/'))].sort()
    return JSON.stringify(await Promise.all(names.map(async (name) => [name, await read(after, `/${name}`)])))
  }
  const states = new Set<string>()
  for (let seed = 0; seed < 2000; seed++) states.add(await stateOf(seed))
  expect(await stateOf(7)).toBe(await stateOf(7))
  expect(states).toContain('[]')
  expect(states).toContain('[["b","b"]]')
  expect(states).toContain('[["a","0123456789"]]')
  expect(states).toContain('[["a",""],["b","b"]]')
  // Every prefix of the torn file, with and without b, and no file at all.
  expect(states.size).toBe(11 * 2 + 2)
})

it('fails, tears and stops at the step it is told to', async () => {
  const failing = createFaultFileSystem({ fault: at(2, { fail: 'ENOSPC' }) })
  const failed = await failing.createFile('/file', 0o600)
  await expect(failed.write(bytes('abcd'))).rejects.toMatchObject({ code: 'ENOSPC' })
  await failed.write(bytes('abcd'))
  expect(await read(failing, '/file')).toBe('abcd')

  const tearing = createFaultFileSystem({ fault: at(2, { tear: 'EIO' }) })
  const torn = await tearing.createFile('/file', 0o600)
  await expect(torn.write(bytes('abcd'))).rejects.toMatchObject({ code: 'EIO' })
  expect(await read(tearing, '/file')).toBe('ab')

  const half = createFaultFileSystem({ fault: at(1, { tear: 'EIO' }) })
  await expect(half.makeDirectory('/a', 0o700)).rejects.toMatchObject({ code: 'EIO' })
  expect(await half.readDirectory('/')).toEqual(['a'])

  const stopping = createFaultFileSystem({ fault: at(2, 'stop') })
  await stopping.makeDirectory('/a', 0o700)
  await expect(stopping.makeDirectory('/b', 0o700)).rejects.toMatchObject({ code: 'ESHUTDOWN' })
  await expect(stopping.readDirectory('/')).rejects.toMatchObject({ code: 'ESHUTDOWN' })
  expect(await stopping.crash({ keep: 'everything' }).readDirectory('/')).toEqual(['a'])
  expect(stopping.operations.map(({ name }) => name)).toEqual(['makeDirectory', 'makeDirectory', 'readDirectory'])
})

it('forgets the syncs it is told to forget', async () => {
  const files = createFaultFileSystem({ ignoreSync: ({ name }) => name === 'sync' })
  await writeSynced(files, '/file', 'text')
  await files.syncDirectory('/')
  expect(await read(files.crash({ keep: 'synced' }), '/file')).toBe('')
})

it('lets processes share one disk, each with its own faults and order', async () => {
  const files = createFaultFileSystem()
  const stopped = files.share({ fault: () => 'stop' })
  const order: string[] = []
  const scheduled = files.share({ schedule: async ({ name }) => void order.push(name) })
  await files.makeDirectory('/a', 0o700)
  await expect(stopped.readDirectory('/')).rejects.toMatchObject({ code: 'ESHUTDOWN' })
  expect(await scheduled.readDirectory('/')).toEqual(['a'])
  expect(order).toEqual(['readDirectory'])
})

it('tells of changes in a folder until the signal is aborted', async () => {
  const files = createFaultFileSystem()
  await files.makeDirectory('/a', 0o700)
  const controller = new AbortController()
  const changes = files.watchDirectory('/a', { signal: controller.signal })[Symbol.asyncIterator]()
  const first = changes.next()
  await files.makeDirectory('/b', 0o700)
  await files.makeDirectory('/a/inside', 0o700)
  expect(await first).toEqual({ done: false, value: { name: 'inside' } })
  const ended = changes.next()
  controller.abort()
  expect(await ended).toEqual({ done: true, value: undefined })
})

it('can be damaged behind the back of its users', async () => {
  const files = createFaultFileSystem()
  await writeSynced(files, '/file', 'text')
  files.overwrite('/file', bytes('flip'))
  expect(await read(files, '/file')).toBe('flip')
})
