import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import { HoldfastError } from '@holdfast/contracts'
import { errnoOf, source } from './errors.ts'
import { intentPath, newIntentName, sweepStaleIntents } from './pending-intents.ts'
import { fileMode, folderMode, pendingFolder, type StoreFolder } from './store-folder.ts'

/** Everybody but the owner. */
const othersMask = 0o077

/**
 * Makes the folder of a store ready: creates it if that is wanted, sees that nobody else can read it, removes what
 * abandoned writes left, and finds out whether compare-and-set works there.
 */
export const openDirectory = async (
  store: Omit<StoreFolder, 'canLink'>,
  createDirectory: boolean,
): Promise<StoreFolder> => {
  const { directory, logger } = store
  const created = await ensureDirectory(store, createDirectory)
  if (store.platform.name === 'win32') {
    if (created) await restrictOnWindows(store)
  } else await ensurePrivate(store)
  const opened: StoreFolder = { ...store, canLink: true }
  try {
    await ensurePendingFolder(store)
    await sweepStaleIntents(opened)
    return { ...opened, canLink: await probeLink(opened) }
  } catch (error) {
    if (!['EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT'].includes(errnoOf(error))) throw error
    // What is there can still be read; each write will say for itself why it fails.
    logger.warn({ directory, errno: errnoOf(error) }, 'the store cannot be written to')
    return opened
  }
}

/** Whether it had to be created. */
const ensureDirectory = async (store: Omit<StoreFolder, 'canLink'>, createDirectory: boolean): Promise<boolean> => {
  const { directory, fileSystem } = store
  try {
    const { kind } = await fileSystem.inspect(directory)
    if (kind === 'directory') return false
    throw new HoldfastError({
      code: 'INVALID_ARGUMENT',
      reason: 'OPTIONS_INVALID',
      source,
      operation: 'createLocalStorage',
      message: `The store folder ${directory} is ${kind === 'link' ? 'a symbolic link' : 'not a folder'}.`,
      hint: kind === 'link' ? 'Give the path that the link points to.' : 'Give the path of a folder.',
      details: { directory },
    })
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
  if (!createDirectory) {
    throw new HoldfastError({
      code: 'NOT_FOUND',
      source,
      operation: 'createLocalStorage',
      message: `There is no store folder ${directory}.`,
      hint: 'Check the path, or pass createDirectory: true to begin an empty store there.',
      details: { directory },
    })
  }
  await createWithParents(store, directory)
  return true
}

/** Creates the missing folders from the top down, each durable before the next, save the last: `ensurePendingFolder` does that. */
const createWithParents = async (store: Omit<StoreFolder, 'canLink'>, path: string): Promise<void> => {
  try {
    await store.fileSystem.makeDirectory(path, folderMode)
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return
    const parent = dirname(path)
    if (errnoOf(error) !== 'ENOENT' || parent === path) throw error
    await createWithParents(store, parent)
    await store.fileSystem.syncDirectory(dirname(parent))
    await createWithParents(store, path)
  }
}

/** An empty folder that others can enter is closed to them; one with content is refused, because it may be somebody's for another purpose. */
const ensurePrivate = async ({ directory, fileSystem, logger }: Omit<StoreFolder, 'canLink'>): Promise<void> => {
  const { mode } = await fileSystem.inspect(directory)
  if ((mode & othersMask) === 0) return
  for await (const _ of fileSystem.streamDirectory(directory)) {
    throw new HoldfastError({
      code: 'PERMISSION_DENIED',
      reason: 'FOLDER_EXPOSED',
      source,
      operation: 'createLocalStorage',
      message: `The store folder ${directory} is open to other accounts (mode ${mode.toString(8).padStart(4, '0')}).`,
      hint: `Close it with: chmod 700 ${JSON.stringify(directory)}`,
      details: { directory, mode },
    })
  }
  await fileSystem.changeMode(directory, folderMode)
  logger.warn(
    { directory, mode: mode.toString(8) },
    'the empty store folder was open to other accounts and is closed now',
  )
}

/** Takes away inherited rights and gives all to this account alone, for what is inside too. */
const restrictOnWindows = async ({ directory, platform, logger }: Omit<StoreFolder, 'canLink'>): Promise<void> => {
  try {
    await platform.run('icacls', [directory, '/inheritance:r', '/grant:r', `${platform.accountName()}:(OI)(CI)F`])
  } catch (error) {
    logger.warn(
      { directory, error: error instanceof Error ? error.name : typeof error },
      'the access control list of the store folder could not be set: other accounts may be able to read it',
    )
  }
}

/**
 * The pending folder is created last, so that whoever finds it may rely on the entry of the store folder being durable;
 * whoever does not find it makes sure of that first.
 */
const ensurePendingFolder = async ({ directory, fileSystem }: Omit<StoreFolder, 'canLink'>): Promise<void> => {
  const path = `${directory}/${pendingFolder}`
  try {
    await fileSystem.inspect(path)
    return
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
  try {
    await fileSystem.syncDirectory(dirname(directory))
  } catch (error) {
    // A parent that this account may not open was not created by it either.
    if (errnoOf(error) !== 'EACCES') throw error
  }
  try {
    await fileSystem.makeDirectory(path, folderMode)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
  }
}

/** Whether a file can get a second name here: FAT, exFAT and some network file systems refuse it. */
const probeLink = async (store: StoreFolder): Promise<boolean> => {
  const { fileSystem } = store
  const probe = intentPath(store, newIntentName(store, '.probe', 0))
  const second = `${probe.slice(0, -8)}${randomBytes(4).toString('hex')}`
  const file = await fileSystem.createFile(probe, fileMode)
  await file.close()
  try {
    await fileSystem.link(probe, second)
    await fileSystem.unlink(second)
    return true
  } catch (error) {
    // EACCES: Android; EPERM: FAT; the others: network and user-space file systems.
    if (['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL'].includes(errnoOf(error)))
      return false
    throw error
  } finally {
    await fileSystem.unlink(probe)
  }
}
