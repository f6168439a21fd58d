import assert from 'node:assert/strict'
import { chmod, cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HoldfastError, type Secret, type SecretValue } from '@holdfast/contracts'
import { withVault } from './open-vault.ts'
import { runHoldfast } from './run-holdfast.ts'
import { vaultLocation } from './vault-location.ts'

/**
 * Copies the vault, gives one credential a second version there, flips one byte of that version's file, shows that it is
 * found, and recovers the version before it. The vault itself is left alone.
 */
export const attackCopy = async (folder: string, id: string): Promise<void> => {
  const { keyFile } = vaultLocation(folder)
  const copy = await mkdtemp(join(tmpdir(), 'holdfast-attacked-'))
  try {
    // Without its key, which is to be nowhere twice.
    await cp(vaultLocation(folder).store, vaultLocation(copy).store, { recursive: true, preserveTimestamps: true })
    await restrictFolders(join(copy, '.holdfast'))
    const original = await withVault(
      copy,
      async (manager): Promise<Secret<SecretValue>> => {
        const { value } = await manager.retrieve(id)
        await manager.update(id, value)
        return value
      },
      keyFile,
    )
    const { path, offset } = await flipOneByte(vaultLocation(copy).store)
    console.log(`In a copy of the vault, one bit of byte ${offset} of ${path.slice(copy.length + 1)} was flipped.\n`)
    await withVault(
      copy,
      async (manager) => {
        const error: unknown = await manager.retrieve(id).then(
          () => undefined,
          (reason: unknown) => reason,
        )
        assert(HoldfastError.is(error, 'DATA_LOSS') && error.reason === 'TAMPERED', 'the flipped bit was not found')
      },
      keyFile,
    )
    console.log(`$ npm run holdfast -- get ${id}\n`)
    assert.equal(runHoldfast(['get', id, '--key-file', keyFile], copy), damagedExitCode)
    console.log(`\n$ npm run holdfast -- restore ${id}\n`)
    assert.equal(runHoldfast(['restore', id, '--key-file', keyFile], copy), 0)
    const recovered = await withVault(copy, (manager) => manager.retrieve(id), keyFile)
    assert(recovered.value.equals(original), 'the recovered value is another one')
    console.log('The recovered value is the one from before the attack.')
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

/** What holdfast ends with when something stored is damaged. */
const damagedExitCode = 6

/** Copying does not keep the modes of folders everywhere, and a vault that others can read is refused. */
const restrictFolders = async (path: string): Promise<void> => {
  await chmod(path, 0o700)
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await restrictFolders(join(path, entry.name))
  }
}

/** Flips a bit in the middle of the file that was written last. */
const flipOneByte = async (store: string): Promise<{ readonly path: string; readonly offset: number }> => {
  let newest = { path: '', changedAtMs: 0 }
  for (const entry of await readdir(store, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const { mtimeMs } = await stat(path)
    if (mtimeMs > newest.changedAtMs) newest = { path, changedAtMs: mtimeMs }
  }
  const bytes = await readFile(newest.path)
  const offset = bytes.length - 20
  bytes.writeUInt8(bytes.readUInt8(offset) ^ 1, offset)
  await writeFile(newest.path, bytes)
  return { path: newest.path, offset }
}
