import { createFakeClock, createFaultFileSystem, type FaultFileSystem } from '@holdfast/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { platformOf } from '../test/durability-workload.ts'
import { sampleRecord } from '../test/sample-record.ts'
import { createLocalStorage, type LocalStorage } from './index.ts'

/** Two processes on one disk; the first one watches. */
const twoProcesses = async (watchedFiles: (disk: FaultFileSystem) => FaultFileSystem = (disk) => disk.share()) => {
  const clock = createFakeClock()
  const disk = createFaultFileSystem({ clock })
  const options = { directory: '/store', createDirectory: true, clock, rescanIntervalMs: 1000 }
  const other = await createLocalStorage({ ...options, fileSystem: disk, platform: platformOf(1) })
  const watched = await createLocalStorage({ ...options, fileSystem: watchedFiles(disk), platform: platformOf(2) })
  onTestFinished(() => watched.close())
  return { clock, disk, other, watched }
}

const store = (storage: LocalStorage, id: string, text = 'x') => storage.store(id, sampleRecord(id, text))

it('tells of what another process writes and deletes, and coalesces what a slow reader missed', async () => {
  const { other, watched } = await twoProcesses()
  const changes = watched.watch({ prefix: 'a' })[Symbol.asyncIterator]()
  const first = changes.next()
  await store(other, 'b')
  const { version } = await store(other, 'a')
  expect((await first).value).toMatchObject({ type: 'stored', id: 'a', version })
  await store(other, 'a', 'two')
  await store(other, 'a', 'three')
  const last = await store(other, 'a', 'four')
  expect((await changes.next()).value).toMatchObject({ type: 'stored', id: 'a', version: last.version })
  const next = changes.next()
  await other.delete('a')
  expect((await next).value).toMatchObject({ type: 'deleted', id: 'a' })
})

it('goes on after a cursor with everything that changed since, oldest first', async () => {
  const { clock, other, watched } = await twoProcesses()
  await store(other, 'before')
  clock.advance(60_000)
  const changes = watched.watch()[Symbol.asyncIterator]()
  const first = changes.next()
  await store(other, 'a')
  const { cursor } = (await first).value
  await changes.return?.()
  clock.advance(10_000)
  await store(other, 'b')
  clock.advance(10_000)
  await store(other, 'c')
  await other.delete('a')
  const resumed: string[] = []
  for await (const { type, id } of watched.watch({ cursor })) {
    resumed.push(`${type} ${id}`)
    if (resumed.length === 3) break
  }
  expect(resumed[0]).toBe('stored b')
  expect(resumed.slice(1).sort()).toEqual(['deleted a', 'stored c'])
})

it.each(['nonsense', '1.99999999999999'])('says resynced to a cursor it cannot go on from: %s', async (cursor) => {
  const { watched } = await twoProcesses()
  for await (const change of watched.watch({ cursor })) {
    expect(change).toMatchObject({ type: 'resynced', id: '' })
    break
  }
})

it('finds by looking at the folders now and then what nobody notified', async () => {
  const { clock, other, watched } = await twoProcesses((disk) => ({
    ...disk.share(),
    watchDirectory: async function* () {
      yield* []
      throw Object.assign(new Error('no watches left'), { code: 'ENOSPC' })
    },
  }))
  const changes = watched.watch()[Symbol.asyncIterator]()
  const first = changes.next()
  clock.advance(30_000)
  await store(other, 'a')
  await clock.advanceAsync(1000)
  expect((await first).value).toMatchObject({ type: 'stored', id: 'a' })
})

it('tells of a damaged credential without a version, and of one that is named by a hash', async () => {
  const { disk, other, watched } = await twoProcesses()
  const long = 'x'.repeat(300)
  const changes = watched.watch()[Symbol.asyncIterator]()
  const first = changes.next()
  await store(other, long)
  expect((await first).value).toMatchObject({ type: 'stored', id: long })
  await store(other, 'a')
  disk.overwrite('/store/a/v1.cred', new Uint8Array(10))
  expect((await changes.next()).value).toEqual({ type: 'stored', id: 'a', cursor: expect.any(String) })
})

it('ends when the storage is closed, and leaves no timer', async () => {
  const { clock, watched } = await twoProcesses()
  const changes = watched.watch()[Symbol.asyncIterator]()
  const first = changes.next()
  await watched.close()
  expect(await first).toEqual({ done: true, value: undefined })
  expect(clock.pendingTimers).toBe(0)
  await expect(watched.watch()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'CLOSED' })
})
