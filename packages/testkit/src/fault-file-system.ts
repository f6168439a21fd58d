import type { Clock } from '@holdfast/contracts'
import type { FileStatus, FileSystem, WritableFile } from '@holdfast/contracts/files'
import { createFakeClock } from './fake-clock.ts'
import {
  type CrashKeep,
  createDirectoryNode,
  type DirectoryNode,
  errnoError,
  type FileNode,
  find,
  locate,
  survivingTree,
  type TreeNode,
} from './fault-file-system-tree.ts'

/** One step that was asked for. */
export interface FileOperation {
  /** 1 for the first operation of a file system. */
  readonly number: number
  readonly name:
    | 'createFile'
    | 'write'
    | 'sync'
    | 'close'
    | 'readFile'
    | 'readDirectory'
    | 'streamDirectory'
    | 'makeDirectory'
    | 'removeDirectory'
    | 'link'
    | 'unlink'
    | 'rename'
    | 'syncDirectory'
    | 'inspect'
    | 'changeMode'
  readonly path: string
}

/**
 * What goes wrong: `fail` has no effect and rejects with this errno; `tear` rejects too, but a write keeps the first half
 * of its bytes and any other step takes full effect; `stop` is a crash before the step: it and every later one reject.
 */
export type FileFault = { readonly fail: string } | { readonly tear: string } | 'stop'

/** Options of {@link createFaultFileSystem}. */
export interface FaultFileSystemOptions {
  /** Decides about each step; undefined lets it pass. Default: nothing goes wrong. */
  readonly fault?: (operation: FileOperation) => FileFault | undefined
  /** Waited for before each step: a scheduler decides here whose step comes next. Default: no waiting. */
  readonly schedule?: (operation: FileOperation) => Promise<unknown>
  /** Syncs for which this answers true claim success and keep nothing, as if the call had been forgotten. Default: none. */
  readonly ignoreSync?: (operation: FileOperation) => boolean
  /** What times of files are read from. Default: a fake clock that stands still. */
  readonly clock?: Clock
}

/** A file system in memory that fails where it is told to and knows what a power cut would leave. */
export interface FaultFileSystem extends FileSystem {
  /** Every step so far, also those that failed. */
  readonly operations: readonly FileOperation[]
  /** The same files after a power cut at this moment, as a new file system. This one goes on unchanged. */
  crash(
    options: FaultFileSystemOptions & {
      readonly keep: CrashKeep
    },
  ): FaultFileSystem
  /** The same files seen by another process: shared storage, own faults, scheduling and count. */
  share(options?: FaultFileSystemOptions): FaultFileSystem
  /** Changes the content of a file behind everybody's back, as a failing disk or an intruder would. Durable at once. */
  overwrite(path: string, content: Uint8Array): void
  /** Creates a symbolic link, or puts one in the place of what is there. */
  plantLink(path: string): void
}

/** The file system that a process sees after its machine has stopped, in place of an errno. */
const stoppedCode = 'ESHUTDOWN'

/** Makes an empty {@link FaultFileSystem}; only the folder `/` is there. */
export const createFaultFileSystem = (options: FaultFileSystemOptions = {}): FaultFileSystem => {
  const clock = options.clock ?? createFakeClock()
  return openDisk({ root: createDirectoryNode(0o755, clock.wallNow()), clock, watchers: new Set() }, options)
}

interface Disk {
  readonly root: DirectoryNode
  readonly clock: Clock
  readonly watchers: Set<(directory: DirectoryNode, name: string) => void>
}

const openDisk = (
  disk: Disk,
  { fault = () => undefined, schedule, ignoreSync = () => false, clock }: FaultFileSystemOptions,
): FaultFileSystem => {
  const { root, watchers } = disk
  const operations: FileOperation[] = []
  let isStopped = false
  const now = (): number => (clock ?? disk.clock).wallNow()

  /** Runs one step as a whole, after the scheduler and unless a fault comes first. */
  const step = async <T>(
    name: FileOperation['name'],
    path: string,
    work: (operation: FileOperation) => T,
    tear: (operation: FileOperation) => unknown = work,
  ): Promise<T> => {
    const operation: FileOperation = { number: operations.length + 1, name, path }
    operations.push(operation)
    if (schedule !== undefined) await schedule(operation)
    const decided = isStopped ? 'stop' : fault(operation)
    if (decided === 'stop') {
      isStopped = true
      throw errnoError(stoppedCode, name, path)
    }
    if (decided === undefined) return work(operation)
    if ('fail' in decided) throw errnoError(decided.fail, name, path)
    tear(operation)
    throw errnoError(decided.tear, name, path)
  }

  const changed = (directory: DirectoryNode, name: string): void => {
    directory.modifiedAtMs = directory.changedAtMs = now()
    for (const watcher of watchers) watcher(directory, name)
  }
  const add = (path: string, operation: string, node: TreeNode): void => {
    const { parent, name } = locate(root, path, operation)
    if (parent.entries.has(name)) throw errnoError('EEXIST', operation, path)
    parent.entries.set(name, node)
    changed(parent, name)
  }
  const remove = (path: string, operation: string, expected: 'directory' | 'other'): TreeNode => {
    const { parent, name } = locate(root, path, operation)
    const node = find(root, path, operation)
    if (expected === 'directory' && node.kind !== 'directory') throw errnoError('ENOTDIR', operation, path)
    if (expected === 'other' && node.kind === 'directory') throw errnoError('EISDIR', operation, path)
    if (node.kind === 'directory' && node.entries.size > 0) throw errnoError('ENOTEMPTY', operation, path)
    parent.entries.delete(name)
    changed(parent, name)
    return node
  }
  const directory = (path: string, operation: string): DirectoryNode => {
    const node = find(root, path, operation)
    if (node.kind !== 'directory') throw errnoError('ENOTDIR', operation, path)
    return node
  }

  const openFile = (node: FileNode, path: string): WritableFile => {
    const append = (bytes: Uint8Array): void => {
      const content = new Uint8Array(node.content.length + bytes.length)
      content.set(node.content)
      content.set(bytes, node.content.length)
      node.content = content
      node.modifiedAtMs = node.changedAtMs = now()
    }
    return {
      write: (bytes) =>
        step(
          'write',
          path,
          () => append(bytes),
          () => append(bytes.subarray(0, bytes.length >> 1)),
        ),
      sync: () =>
        step('sync', path, (operation) => {
          if (!ignoreSync(operation)) node.synced = node.content
        }),
      close: () => step('close', path, () => {}),
    }
  }

  return {
    operations,
    createFile: (path, mode) =>
      step('createFile', path, () => {
        const empty = new Uint8Array(0)
        const times = { modifiedAtMs: now(), changedAtMs: now() }
        const node: FileNode = { kind: 'file', content: empty, synced: empty, mode, ...times }
        add(path, 'createFile', node)
        return openFile(node, path)
      }),
    readFile: (path) =>
      step('readFile', path, () => {
        const node = find(root, path, 'readFile')
        if (node.kind === 'link') throw errnoError('ELOOP', 'readFile', path)
        if (node.kind === 'directory') throw errnoError('EISDIR', 'readFile', path)
        return node.content.slice()
      }),
    readDirectory: (path) => step('readDirectory', path, () => [...directory(path, 'readDirectory').entries.keys()]),
    async *streamDirectory(path) {
      yield* await step('streamDirectory', path, () => [...directory(path, 'streamDirectory').entries.keys()])
    },
    makeDirectory: (path, mode) =>
      step('makeDirectory', path, () => add(path, 'makeDirectory', createDirectoryNode(mode, now()))),
    removeDirectory: (path) =>
      step('removeDirectory', path, () => {
        remove(path, 'removeDirectory', 'directory')
      }),
    link: (existing, created) =>
      step('link', created, () => {
        const node = find(root, existing, 'link')
        if (node.kind === 'directory') throw errnoError('EPERM', 'link', existing)
        add(created, 'link', node)
        // The link count of the file has changed, which notifications tell under its first name too.
        const { parent, name } = locate(root, existing, 'link')
        for (const watcher of watchers) watcher(parent, name)
      }),
    unlink: (path) =>
      step('unlink', path, () => {
        remove(path, 'unlink', 'other')
      }),
    rename: (from, to) =>
      step('rename', to, () => {
        const target = locate(root, to, 'rename')
        const node = find(root, from, 'rename')
        if (target.parent.entries.get(target.name)?.kind === 'directory') throw errnoError('EISDIR', 'rename', to)
        const origin = locate(root, from, 'rename')
        origin.parent.entries.delete(origin.name)
        changed(origin.parent, origin.name)
        target.parent.entries.set(target.name, node)
        changed(target.parent, target.name)
      }),
    syncDirectory: (path) =>
      step('syncDirectory', path, (operation) => {
        const node = directory(path, 'syncDirectory')
        if (!ignoreSync(operation)) node.synced = new Map(node.entries)
      }),
    inspect: (path) => step('inspect', path, () => statusOf(find(root, path, 'inspect'))),
    changeMode: (path, mode) =>
      step('changeMode', path, () => {
        const node = find(root, path, 'changeMode')
        if (node.kind === 'link') throw errnoError('ELOOP', 'changeMode', path)
        node.mode = mode
        node.changedAtMs = now()
      }),
    watchDirectory: (path, { signal }) => watchNode(disk, directory(path, 'watchDirectory'), signal),
    crash: ({ keep, ...next }) =>
      openDisk({ root: survivingTree(root, keep), clock: next.clock ?? disk.clock, watchers: new Set() }, next),
    share: (next = {}) => openDisk(disk, next),
    overwrite(path, content) {
      const node = find(root, path, 'overwrite')
      if (node.kind !== 'file') throw errnoError('EISDIR', 'overwrite', path)
      node.content = node.synced = content.slice()
    },
    plantLink(path) {
      const { parent, name } = locate(root, path, 'plantLink')
      const times = { modifiedAtMs: now(), changedAtMs: now() }
      parent.entries.set(name, { kind: 'link', mode: 0o777, ...times })
    },
  }
}

const statusOf = (node: TreeNode): FileStatus => ({
  kind: node.kind,
  sizeBytes: node.kind === 'file' ? node.content.length : 0,
  mode: node.mode,
  ownerId: 0,
  modifiedAtMs: node.modifiedAtMs,
  changedAtMs: node.changedAtMs,
})

/** Yields the names of entries that change, from the first `next()` on. */
const watchNode = async function* (
  { watchers }: Disk,
  watched: DirectoryNode,
  signal: AbortSignal,
): AsyncGenerator<{ readonly name: string }> {
  const names: string[] = []
  let wake = (): void => {}
  const watcher = (directory: DirectoryNode, name: string): void => {
    if (directory !== watched) return
    names.push(name)
    wake()
  }
  const onAbort = (): void => wake()
  watchers.add(watcher)
  signal.addEventListener('abort', onAbort)
  try {
    while (!signal.aborted) {
      const name = names.shift()
      if (name !== undefined) yield { name }
      else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  } finally {
    watchers.delete(watcher)
    signal.removeEventListener('abort', onAbort)
  }
}
