import * as callbacks from 'node:fs'
import { chmod, link, lstat, mkdir, open, opendir, readdir, rename, rmdir, unlink, watch } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { FileStatus, FileSystem, WritableFile } from './file-system.ts'

/** The file system of this machine. On Windows, where a folder cannot be synced, `syncDirectory` does nothing. */
export const createNodeFileSystem = (): FileSystem => ({
  createFile,
  readFile,
  readDirectory,
  streamDirectory,
  makeDirectory: async (path, mode) => {
    await mkdir(path, { mode })
  },
  removeDirectory: rmdir,
  link,
  unlink,
  rename,
  syncDirectory,
  inspect,
  changeMode: chmod,
  watchDirectory,
})

const createFile = async (path: string, mode: number): Promise<WritableFile> => {
  const handle = await open(path, 'wx', mode)
  return {
    async write(bytes) {
      let offset = 0
      while (offset < bytes.length) {
        const { bytesWritten } = await handle.write(bytes, offset)
        offset += bytesWritten
      }
    },
    sync: () => handle.sync(),
    close: () => handle.close(),
  }
}

/** Read in one go: most files of a store are smaller. */
const firstReadBytes = 16 * 1024

const openDescriptor = promisify(callbacks.open)
const statDescriptor = promisify(callbacks.fstat)
const readDescriptor = promisify(callbacks.read)

/**
 * Faster than `readFile` of Node, which asks for the size before it reads and waits for the close: this reads while it
 * asks, on plain descriptors. Windows has no O_NOFOLLOW.
 */
const readFile = async (path: string): Promise<Uint8Array> => {
  const { O_RDONLY, O_NOFOLLOW = 0 } = callbacks.constants
  const descriptor = await openDescriptor(path, O_RDONLY | O_NOFOLLOW)
  try {
    const first = Buffer.allocUnsafeSlow(firstReadBytes)
    const [{ size }, { bytesRead }] = await Promise.all([
      statDescriptor(descriptor),
      readDescriptor(descriptor, first, 0, firstReadBytes, 0),
    ])
    if (bytesRead >= size) return first.subarray(0, bytesRead)
    const whole = Buffer.allocUnsafeSlow(size)
    first.copy(whole, 0, 0, bytesRead)
    let offset = bytesRead
    while (offset < size) {
      const more = await readDescriptor(descriptor, whole, offset, size - offset, offset)
      if (more.bytesRead === 0) break
      offset += more.bytesRead
    }
    return whole.subarray(0, offset)
  } finally {
    // Nothing depends on when a descriptor that was only read is closed, nor on an error of it.
    callbacks.close(descriptor, () => {})
  }
}

const readDirectory = async (path: string): Promise<readonly string[]> => {
  const [names, status] = await Promise.all([readdir(path), lstat(path)])
  if (status.isSymbolicLink()) throw Object.assign(new Error(`ENOTDIR: a symbolic link '${path}'`), { code: 'ENOTDIR' })
  return names
}

const streamDirectory = async function* (path: string): AsyncGenerator<string> {
  for await (const entry of await opendir(path, { bufferSize: 256 })) yield entry.name
}

const syncDirectory = async (path: string): Promise<void> => {
  if (process.platform === 'win32') return
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const inspect = async (path: string): Promise<FileStatus> => {
  const status = await lstat(path)
  return {
    kind: status.isFile() ? 'file' : status.isDirectory() ? 'directory' : status.isSymbolicLink() ? 'link' : 'other',
    sizeBytes: status.size,
    mode: status.mode & 0o777,
    ownerId: status.uid,
    modifiedAtMs: status.mtimeMs,
    changedAtMs: status.ctimeMs,
  }
}

const watchDirectory = async function* (
  path: string,
  { signal }: { readonly signal: AbortSignal },
): AsyncGenerator<{ readonly name?: string }> {
  try {
    for await (const { filename } of watch(path, { signal, persistent: false })) {
      yield filename === null ? {} : { name: filename }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
