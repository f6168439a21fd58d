import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { collect } from '../test/collect.ts'
import { sampleRecord, textOf } from '../test/sample-record.ts'
import { temporaryDirectory } from '../test/temporary-directory.ts'
import { createLocalStorage } from './index.ts'

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
