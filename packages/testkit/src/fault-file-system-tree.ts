/** A file of the fault file system: what a reader sees, and what a power cut would leave. */
export interface FileNode {
  readonly kind: 'file'
  /** Replaced, never changed in place, so that `synced` can be the same array. */
  content: Uint8Array
  /** The content at the last sync; empty before the first. */
  synced: Uint8Array
  mode: number
  modifiedAtMs: number
  changedAtMs: number
}

/** A folder: the entries a reader sees, and those that a power cut would leave. */
export interface DirectoryNode {
  readonly kind: 'directory'
  readonly entries: Map<string, TreeNode>
  synced: ReadonlyMap<string, TreeNode>
  mode: number
  modifiedAtMs: number
  changedAtMs: number
}

/** A symbolic link, which nothing here follows. */
export interface LinkNode {
  readonly kind: 'link'
  readonly mode: number
  readonly modifiedAtMs: number
  readonly changedAtMs: number
}

/** What a name in a folder can stand for. */
export type TreeNode = FileNode | DirectoryNode | LinkNode

/** What survives a power cut: only what was synced, everything, or a part in between that the seed chooses. */
export type CrashKeep = 'synced' | 'everything' | number

/** An error as Node's file system throws it. */
export const errnoError = (code: string, operation: string, path: string): Error =>
  Object.assign(new Error(`${code}: ${operation} '${path}'`), { code, syscall: operation, path })

/** An empty folder. */
export const createDirectoryNode = (mode: number, nowMs: number): DirectoryNode => ({
  kind: 'directory',
  entries: new Map(),
  synced: new Map(),
  mode,
  modifiedAtMs: nowMs,
  changedAtMs: nowMs,
})

/** The names of a path. */
export const segmentsOf = (path: string): readonly string[] => path.split('/').filter((segment) => segment !== '')

/** Finds the folder and the last name of a path. Throws ENOENT or ENOTDIR for what is on the way. */
export const locate = (
  root: DirectoryNode,
  path: string,
  operation: string,
): { readonly parent: DirectoryNode; readonly name: string } => {
  const segments = segmentsOf(path)
  let parent = root
  for (const segment of segments.slice(0, -1)) {
    const next = parent.entries.get(segment)
    if (next === undefined) throw errnoError('ENOENT', operation, path)
    if (next.kind !== 'directory') throw errnoError('ENOTDIR', operation, path)
    parent = next
  }
  return { parent, name: segments.at(-1) ?? '' }
}

/** Finds what a path stands for. Throws ENOENT or ENOTDIR. */
export const find = (root: DirectoryNode, path: string, operation: string): TreeNode => {
  const { parent, name } = locate(root, path, operation)
  const node = name === '' ? root : parent.entries.get(name)
  if (node === undefined) throw errnoError('ENOENT', operation, path)
  return node
}

/** The tree as it is found after a power cut, every file and every entry of every folder decided by itself. */
export const survivingTree = (root: DirectoryNode, keep: CrashKeep): DirectoryNode => {
  const random = typeof keep === 'number' ? createRandom(keep) : undefined
  // A file with two names is one file afterwards too.
  const copies = new Map<TreeNode, TreeNode>()

  const pick = <T>(synced: T, latest: T): T => {
    if (keep === 'synced') return synced
    if (random === undefined) return latest
    return random() < 0.5 ? synced : latest
  }

  const contentOf = ({ synced, content }: FileNode): Uint8Array => {
    if (random === undefined || random() < 0.5) return pick(synced, content)
    // Torn: as much of the latest as had reached the device.
    const kept = synced.length + Math.floor(random() * (Math.max(0, content.length - synced.length) + 1))
    return content.slice(0, kept)
  }

  const copyOf = (node: TreeNode): TreeNode => {
    const known = copies.get(node)
    if (known !== undefined) return known
    const copy = makeCopy(node)
    copies.set(node, copy)
    return copy
  }

  const makeCopy = (node: TreeNode): TreeNode => {
    if (node.kind === 'link') return node
    if (node.kind === 'directory') return directoryOf(node)
    const content = contentOf(node)
    return { ...node, content, synced: content }
  }

  const directoryOf = (node: DirectoryNode): DirectoryNode => {
    const entries = new Map<string, TreeNode>()
    for (const name of [...new Set([...node.synced.keys(), ...node.entries.keys()])].sort()) {
      const synced = node.synced.get(name)
      const latest = node.entries.get(name)
      const kept = synced === latest ? latest : pick(synced, latest)
      if (kept !== undefined) entries.set(name, copyOf(kept))
    }
    return { ...node, entries, synced: new Map(entries) }
  }

  return directoryOf(root)
}

/** Mulberry32 (public domain, Tommy Ettinger): small, and the same on every machine. */
const createRandom = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
