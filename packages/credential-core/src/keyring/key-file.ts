import { randomUUID } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { createProblems, HoldfastError, type Secret } from '@holdfast/contracts'
import type { KeyProvider } from '@holdfast/contracts/credentials'
import { createNodeFileSystem, type FileSystem } from '@holdfast/contracts/files'
import { keyRejected } from './key-rejected.ts'
import { createKeyText, readKeyText } from './key-text.ts'
import { keyProviderOf } from './raw-key.ts'

/** Options of {@link keyFile}. */
export interface KeyFileOptions {
  /** Makes the file with a new random key when a slot is first wrapped with it and there is none. Its folder must exist. Default false. */
  readonly create?: boolean
  /** Default: the file system of this machine. */
  readonly files?: FileSystem
  /** Default: the platform of this process. On `win32` the mode is not looked at: Windows has none. */
  readonly platform?: NodeJS.Platform
}

/**
 * Unlocks a keyring with the 32 random bytes in a file. The file is made with mode 0600, and one that anybody but its
 * owner can read or write is refused: PERMISSION_DENIED with KEY_FILE_EXPOSED. A missing or malformed file is
 * UNAUTHENTICATED with KEY_REJECTED. Keep it apart from the vault and its backups: who has both has everything.
 */
export const keyFile = (path: string, options: KeyFileOptions = {}): KeyProvider => {
  const problems = createProblems('credential-core', 'keyFile')
  problems.require(typeof path === 'string' && path !== '', 'path', path, 'the path of a file')
  problems.throwIfAny()
  const { create = false, files = createNodeFileSystem(), platform = process.platform } = options
  const absolute = resolve(path)
  return keyProviderOf('key-file', path, async (purpose) => {
    if (create && purpose === 'wrap') await createKeyFile(absolute, files)
    return readKeyFile(absolute, files, platform)
  })
}

const readKeyFile = async (path: string, files: FileSystem, platform: NodeJS.Platform): Promise<Secret<Uint8Array>> => {
  try {
    // A mounted secret is often a link, whose own mode says nothing and which the file system does not follow.
    const file = (await files.inspect(path)).kind === 'link' ? await realpath(path) : path
    const { kind, mode } = await files.inspect(file)
    if (kind !== 'file') throw malformed(path)
    if (platform !== 'win32' && (mode & 0o077) !== 0) throw exposed(path, mode)
    const bytes = await files.readFile(file)
    const key = readKeyText(Buffer.from(bytes).toString('latin1'))
    bytes.fill(0)
    if (key === undefined) throw malformed(path)
    return key
  } catch (error) {
    throw HoldfastError.is(error) ? error : unreadable(path, error)
  }
}

/** Makes the key file unless it is there, and its entry durable in either case: who made it may have stopped before that. */
const createKeyFile = async (path: string, files: FileSystem): Promise<void> => {
  try {
    if (!(await isThere(path, files))) await writeKeyFile(path, files)
    await files.syncDirectory(dirname(path))
  } catch (error) {
    throw new HoldfastError({
      code: 'PERMISSION_DENIED',
      source: 'credential-core',
      operation: 'keyFile',
      message: `The key file ${path} could not be created.`,
      hint: 'Check that its folder exists, is writable and is on a file system with hard links.',
      cause: error,
    })
  }
}

/** Writes the whole file under another name first, so that a crash never leaves half a key and of two processes one wins. */
const writeKeyFile = async (path: string, files: FileSystem): Promise<void> => {
  const temporary = `${path}.${randomUUID()}.new`
  const file = await files.createFile(temporary, 0o600)
  try {
    try {
      await file.write(Buffer.from(`${createKeyText()}\n`))
      await file.sync()
    } finally {
      await file.close()
    }
    await files.link(temporary, path)
  } catch (error) {
    if (Reflect.get(Object(error), 'code') !== 'EEXIST') throw error
  } finally {
    await files.unlink(temporary)
  }
}

const isThere = async (path: string, files: FileSystem): Promise<boolean> => {
  try {
    await files.inspect(path)
    return true
  } catch (error) {
    if (Reflect.get(Object(error), 'code') === 'ENOENT') return false
    throw error
  }
}

const exposed = (path: string, mode: number): HoldfastError =>
  new HoldfastError({
    code: 'PERMISSION_DENIED',
    reason: 'KEY_FILE_EXPOSED',
    source: 'credential-core',
    operation: 'unlock',
    message: `The key file ${path} can be read or written by others than its owner (mode ${mode.toString(8).padStart(4, '0')}).`,
    hint: `Run: chmod 600 ${path} (and rotate the key if somebody else may have read it).`,
    details: { path, mode },
  })

const malformed = (path: string): HoldfastError =>
  keyRejected(
    `The file ${path} is not a key file: it does not hold one key of 32 bytes.`,
    'Give the path of the file that was written when the vault was made.',
  )

const unreadable = (path: string, cause: unknown): HoldfastError =>
  Reflect.get(Object(cause), 'code') === 'ENOENT'
    ? keyRejected(
        `There is no key file at ${path}.`,
        'Give the path of the file that was written when the vault was made, or restore it from where you keep it.',
        cause,
      )
    : new HoldfastError({
        code: 'PERMISSION_DENIED',
        source: 'credential-core',
        operation: 'unlock',
        message: `The key file ${path} could not be read.`,
        hint: 'Check that the user of this process owns it and that its folder can be entered.',
        cause,
      })
