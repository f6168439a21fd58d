import {
  chmod,
  link,
  lstat,
  mkdir,
  open,
  opendir,
  readdir,
  readFile,
  rename,
  rmdir,
  unlink,
  watch,
} from 'node:fs/promises'
import type { FileStatus, FileSystem, WritableFile } from './file-system.ts'

/** The file system of this machine. On Windows, where a folder cannot be synced, `syncDirectory` does nothing. */
export const createNodeFileSystem = (): FileSystem => ({
  createFile,
  readFile,
  readDirectory: (path) => readdir(path),
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
