import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { CredentialMetadata, StoredCredential } from '@holdfast/contracts/credentials'
import { refusal } from './errors.ts'

/** Ids become hexadecimal: reversible, and safe on every disk, whatever it thinks of case, `..` and `CON`. */
export const fileNameOf = (id: string): string => `${Buffer.from(id).toString('hex')}.json`

/** The id of a file, or undefined when it is not one of ours. */
export const idOf = (fileName: string): string | undefined => {
  const hex = /^((?:[0-9a-f]{2})+)\.json$/.exec(fileName)?.[1]
  return hex === undefined ? undefined : Buffer.from(hex, 'hex').toString()
}

// #region atomic
/** Writes the file so that after a crash there is the old one or the new one, and after it has resolved the new one. */
export const writeAtomically = async (path: string, text: string): Promise<void> => {
  const temporary = join(dirname(path), `${randomBytes(12).toString('hex')}.tmp`)
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

/** A rename and a removal are on the disk when the folder that holds the name is. */
export const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
// #endregion atomic

export const encode = ({ version, metadata, value }: StoredCredential): string =>
  JSON.stringify({ version, metadata, value: Buffer.from(value).toString('base64') })

/** Reads what encode wrote. Anything else was damaged, or put there by somebody else: DATA_LOSS, never a guess. */
export const decode = (text: string, id: string): StoredCredential => {
  const parsed = parse(text)
  if (!isRecordFile(parsed) || parsed.metadata.id !== id) {
    throw refusal(
      'DATA_LOSS',
      'UNREADABLE',
      'retrieve',
      `The file of ${JSON.stringify(id)} holds no record of it`,
      'Restore the file from a backup, or delete the credential and store it again.',
    )
  }
  const value = new Uint8Array(Buffer.from(parsed.value, 'base64'))
  return { version: parsed.version, metadata: parsed.metadata, value }
}

interface RecordFile {
  readonly version: string
  readonly metadata: CredentialMetadata
  readonly value: string
}

const isRecordFile = (parsed: unknown): parsed is RecordFile =>
  typeof parsed === 'object' &&
  parsed !== null &&
  typeof Reflect.get(parsed, 'version') === 'string' &&
  typeof Reflect.get(parsed, 'value') === 'string' &&
  typeof Reflect.get(parsed, 'metadata') === 'object' &&
  Reflect.get(parsed, 'metadata') !== null

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
