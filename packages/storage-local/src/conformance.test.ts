import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@holdfast/contracts'
import { createFaultFileSystem, testCredentialStorage } from '@holdfast/testkit'
import { createLocalStorage, type LocalStorageOptions } from './index.ts'

testCredentialStorage({
  name: 'storage-local on the real file system',
  async create() {
    const directory = await mkdtemp(join(tmpdir(), 'holdfast-conformance-'))
    const storage = await createLocalStorage({ directory })
    return {
      storage,
      open: () => createLocalStorage({ directory }),
      cleanup: async () => {
        await storage.close()
        await rm(directory, { recursive: true, force: true })
      },
    }
  },
})

const inMemory = (options: LocalStorageOptions) => async () => {
  const shared = { directory: '/store', createDirectory: true, ...options }
  const fileSystem = options.fileSystem ?? createFaultFileSystem({ clock: systemClock })
  const storage = await createLocalStorage({ ...shared, fileSystem })
  return {
    storage,
    open: () => createLocalStorage({ ...shared, fileSystem }),
    cleanup: () => storage.close(),
  }
}

testCredentialStorage({ name: 'storage-local on the fault file system', create: () => inMemory({})() })

testCredentialStorage({
  name: 'storage-local where hard links are refused',
  create: () =>
    inMemory({
      fileSystem: createFaultFileSystem({
        clock: systemClock,
        fault: ({ name }) => (name === 'link' ? { fail: 'EPERM' } : undefined),
      }),
    })(),
})
