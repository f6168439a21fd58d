/** A file that was just created and is being written. */
export interface WritableFile {
  /** Appends all of these bytes. */
  write(bytes: Uint8Array): Promise<void>
  /** Resolves when the bytes and the length of the file are on the device (fsync). */
  sync(): Promise<void>
  close(): Promise<void>
}

/** What is known of a path without following a symbolic link. */
export interface FileStatus {
  readonly kind: 'file' | 'directory' | 'link' | 'other'
  readonly sizeBytes: number
  /** Permission bits only: 0o600. */
  readonly mode: number
  /** Numeric owner; 0 where the platform has none. */
  readonly ownerId: number
  /** When the content last changed, in milliseconds since 1970. */
  readonly modifiedAtMs: number
  /** When the entry last changed (content, mode, links), in milliseconds since 1970. */
  readonly changedAtMs: number
}

/**
 * The few file operations durable stores are built from, each one step that can fail by itself. Errors are Node's own
 * (`code: 'ENOENT'`, `'EEXIST'`, …). `createNodeFileSystem()` is the real one; the fault file system of
 * `@holdfast/testkit` fails, tears and crashes at every step and models what a power cut would keep.
 */
export interface FileSystem {
  /** Creates a file that must not exist yet (EEXIST), with these permission bits. */
  createFile(path: string, mode: number): Promise<WritableFile>
  /** The whole file. A symbolic link is not followed (ELOOP; on Windows it is). */
  readFile(path: string): Promise<Uint8Array>
  /** The names in a folder, in no particular order. A symbolic link is not followed (ENOTDIR). */
  readDirectory(path: string): Promise<readonly string[]>
  /** The same for folders too large to hold in memory. */
  streamDirectory(path: string): AsyncIterable<string>
  /** Creates one folder whose parent exists; EEXIST when it is there. */
  makeDirectory(path: string, mode: number): Promise<void>
  /** Removes an empty folder (ENOTEMPTY otherwise). */
  removeDirectory(path: string): Promise<void>
  /** Gives an existing file a second name, which must not exist yet (EEXIST): the atomic step of compare-and-set. */
  link(existing: string, created: string): Promise<void>
  unlink(path: string): Promise<void>
  /** Moves a file over whatever file is there. */
  rename(from: string, to: string): Promise<void>
  /** Resolves when the entries of the folder (creations, links, removals) are on the device. */
  syncDirectory(path: string): Promise<void>
  inspect(path: string): Promise<FileStatus>
  changeMode(path: string, mode: number): Promise<void>
  /** Yields once for every batch of changes in the folder, with the name where the platform tells it, until the signal is aborted. */
  watchDirectory(path: string, options: { readonly signal: AbortSignal }): AsyncIterable<{ readonly name?: string }>
}
