import { createFakeClock, createFaultFileSystem, type FaultFileSystem } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { collect } from '../test/collect.ts'
import { damageNewest, directory, openStore } from '../test/durability-workload.ts'
import { sampleRecord, textOf } from '../test/sample-record.ts'
import { createLocalStorage } from './index.ts'

const withTwoVersions = async () => {
  const files = createFaultFileSystem()
  const storage = await openStore(files)
  const { version } = await storage.store('a', sampleRecord('a', 'one'))
  await storage.store('a', sampleRecord('a', 'two'))
  return { files, storage, version }
}

const write = async (files: FaultFileSystem, path: string, content: string): Promise<void> => {
  const file = await files.createFile(path, 0o600)
  await file.write(Buffer.from(content))
  await file.close()
}

describe('a damaged current version', () => {
  it('is an error that names the version that can still be read', async () => {
    const { files, storage, version } = await withTwoVersions()
    await damageNewest(files, 'a')
    const error = await storage.retrieve('a').catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'DATA_LOSS', reason: 'TAMPERED' })
    expect(error.details).toEqual({ id: 'a', file: `${directory}/a/v2.cred`, previousVersion: version })
    expect(textOf(await storage.retrieve('a', { version }))).toBe('one')
    await expect(storage.exists('a')).rejects.toMatchObject({ code: 'DATA_LOSS' })
    expect(await collect(storage.list())).toEqual([{ id: 'a' }])
    expect(await collect(storage.list({ tags: { team: 'a' } }))).toEqual([])
    expect(await storage.history('a')).toHaveLength(1)
  })

  it('is moved aside by repair alone, which makes the version before it current', async () => {
    const { files, storage, version } = await withTwoVersions()
    await damageNewest(files, 'a')
    const report = await storage.repair('a')
    expect(report).toMatchObject({ id: 'a', restored: { from: version } })
    const found = await storage.retrieve('a')
    expect(textOf(found)).toBe('one')
    expect(found.version).toBe(report.restored?.version)
    const [quarantined] = await collect(storage.quarantined())
    expect(quarantined).toEqual(report.quarantined[0])
    expect(quarantined?.problem).toBe('its checksum does not match its content')
    expect(Buffer.from(await files.readFile(quarantined?.file ?? '')).toString('latin1')).toContain('two')
    expect(await storage.repair('a')).toEqual({ id: 'a', quarantined: [] })
  })

  it('can be written over, deleted, and does not answer to a version', async () => {
    const { files, storage } = await withTwoVersions()
    const { version } = await storage.retrieve('a')
    await damageNewest(files, 'a')
    const over = storage.store('a', sampleRecord('a', 'x'), { ifVersion: version })
    await expect(over).rejects.toMatchObject({ code: 'DATA_LOSS' })
    await expect(storage.store('a', sampleRecord('a', 'x'), { ifVersion: null })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    await expect(storage.delete('a', { ifVersion: version })).rejects.toMatchObject({ code: 'DATA_LOSS' })
    await expect(storage.recover('a')).rejects.toMatchObject({ code: 'DATA_LOSS' })
    await expect(storage.purge('a')).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await storage.delete('a')).toEqual({ deleted: true })
    await storage.store('a', sampleRecord('a', 'new'))
    expect(textOf(await storage.retrieve('a'))).toBe('new')
  })

  it('leaves nothing when no version can be read, and the purge of what follows removes what was moved aside', async () => {
    const files = createFaultFileSystem()
    const storage = await openStore(files)
    await storage.store('a', sampleRecord('a', 'one'))
    await damageNewest(files, 'a')
    await expect(storage.retrieve('a')).rejects.toThrow('No earlier version can be read')
    const report = await storage.repair('a')
    expect(report.restored).toBeUndefined()
    expect(report.quarantined).toHaveLength(1)
    expect(await storage.exists('a')).toBe(false)
    expect(await collect(storage.listDeleted())).toEqual([])
    await storage.store('a', sampleRecord('a', 'two'))
    await storage.delete('a')
    await storage.purge('a')
    expect(await collect(storage.quarantined())).toEqual([])
    expect(await files.readDirectory(`${directory}/.quarantine`)).toEqual([])
  })

  it('stays deleted when the deletion is what can be read', async () => {
    const { files, storage } = await withTwoVersions()
    await storage.delete('a')
    await storage.store('a', sampleRecord('a', 'three'))
    await damageNewest(files, 'a')
    await storage.repair('a')
    expect(await storage.exists('a')).toBe(false)
    expect(await collect(storage.listDeleted())).toHaveLength(1)
  })

  it('is not recovered as the older one when it was deleted: repair has to set it aside first', async () => {
    const { files, storage } = await withTwoVersions()
    await damageNewest(files, 'a')
    await storage.delete('a')
    await expect(storage.recover('a')).rejects.toMatchObject({ code: 'DATA_LOSS', reason: 'TAMPERED' })
    expect(await storage.exists('a')).toBe(false)
    await storage.repair('a')
    await storage.recover('a')
    expect(textOf(await storage.retrieve('a'))).toBe('one')
  })

  it('is NOT_FOUND to repair when there is nothing', async () => {
    const storage = await openStore(createFaultFileSystem())
    await expect(storage.repair('a')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await collect(storage.quarantined())).toEqual([])
  })
})

describe('a file in the wrong place', () => {
  const copy = async (files: FaultFileSystem, from: string, to: string): Promise<void> =>
    files.overwrite(`${directory}/${to}`, await files.readFile(`${directory}/${from}`))

  it('is not the credential whose folder it was copied into', async () => {
    const { files, storage } = await withTwoVersions()
    await storage.store('b', sampleRecord('b', 'other'))
    await copy(files, 'a/v1.cred', 'b/v1.cred')
    await expect(storage.retrieve('b')).rejects.toMatchObject({ code: 'DATA_LOSS', reason: 'TAMPERED' })
  })

  it('is not the version whose name it was given', async () => {
    const { files, storage } = await withTwoVersions()
    await copy(files, 'a/v1.cred', 'a/v2.cred')
    await expect(storage.retrieve('a')).rejects.toMatchObject({ code: 'DATA_LOSS', reason: 'TAMPERED' })
  })

  it('is not followed when it is a symbolic link', async () => {
    const { files, storage } = await withTwoVersions()
    files.plantLink(`${directory}/a/v2.cred`)
    await expect(storage.retrieve('a')).rejects.toMatchObject({ code: 'DATA_LOSS', reason: 'TAMPERED' })
    files.plantLink(`${directory}/linked`)
    await expect(storage.retrieve('linked')).rejects.toMatchObject({ code: 'DATA_LOSS', reason: 'TAMPERED' })
    const stored = storage.store('linked', sampleRecord('linked', 'x'))
    await expect(stored).rejects.toMatchObject({ code: 'DATA_LOSS' })
  })

  it('is found behind a hashed name too', async () => {
    const files = createFaultFileSystem()
    const storage = await openStore(files)
    const id = 'x'.repeat(300)
    await storage.store(id, sampleRecord(id, 'one'))
    await storage.store(id, sampleRecord(id, 'two'))
    expect(await collect(storage.list({ include: 'id' }))).toEqual([{ id }])
    const [folder] = (await files.readDirectory(directory)).filter((name) => name.startsWith('~'))
    await damageNewest(files, folder ?? '')
    expect(await collect(storage.list({ prefix: 'xxx' }))).toEqual([{ id }])
    await files.unlink(`${directory}/${folder}/v1.cred`)
    expect(await collect(storage.list())).toEqual([])
  })
})

describe('files of other formats', () => {
  it('of format 0 are read, listed, and rewritten by the next store', async () => {
    const files = createFaultFileSystem()
    const storage = await createLocalStorage({
      directory,
      createDirectory: true,
      fileSystem: files,
      clock: createFakeClock(),
    })
    await files.makeDirectory(`${directory}/old`, 0o700)
    const metadata = { id: 'old', created_at: '2025-01-01T00:00:00Z', tags: { team: 'a' } }
    const content = {
      version: 1,
      encrypted_data: Buffer.from('old value').toString('base64'),
      metadata,
      salt: 'c2FsdA==',
    }
    await write(files, `${directory}/old/v1.cred`, JSON.stringify(content))
    const found = await storage.retrieve('old')
    expect(textOf(found)).toBe('old value')
    expect(await collect(storage.list({ tags: { team: 'a' } }))).toMatchObject([{ id: 'old', version: found.version }])
    await storage.store('old', sampleRecord('old', 'new value'), { ifVersion: found.version })
    expect(Buffer.from(await files.readFile(`${directory}/old/v2.cred`)).toString('latin1')).toMatch(/^holdfast 1\n/)
    expect(textOf(await storage.retrieve('old', { version: found.version }))).toBe('old value')
  })

  it('of a later format are left alone and named', async () => {
    const { hash } = await import('node:crypto')
    const { files, storage } = await withTwoVersions()
    const body = Buffer.from(`holdfast 2\n${'x'.repeat(80)}`)
    files.overwrite(`${directory}/a/v2.cred`, Buffer.concat([body, hash('sha256', body, 'buffer')]))
    await expect(storage.retrieve('a')).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    await expect(storage.repair('a')).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    expect(await collect(storage.list())).toEqual([{ id: 'a' }])
  })
})
