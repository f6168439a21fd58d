import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const heartbeatMs = 2000
const abandonedAfterMs = 30_000

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** Whoever held it is gone: its process has ended, or, on another machine sharing this folder, its heart stopped. */
const isAbandoned = async (lock: string): Promise<boolean> => {
  try {
    if (Date.now() - (await stat(lock)).mtimeMs > abandonedAfterMs) return true
    const owner = Number(await readFile(lock, 'utf8'))
    if (owner > 0) process.kill(owner, 0)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** What killed processes left half filled. */
const removeLeftovers = async (cacheFolder: string, prefix: string): Promise<void> => {
  for (const entry of await readdir(cacheFolder)) {
    if (!entry.startsWith(prefix) || isAlive(Number(entry.slice(prefix.length)))) continue
    await rm(join(cacheFolder, entry), { recursive: true, force: true })
  }
}

/** Options of {@link installOnce}. */
export interface InstallOnceOptions {
  readonly cacheFolder: string
  readonly id: string
  /** Fills a folder that then gets its final name; it may be called only by one process at a time. */
  readonly fill: (folder: string) => Promise<void>
  /** Somebody else is filling it; called once. */
  readonly onWait?: () => void
}

/**
 * The folder `id` of the cache, filled by whoever comes first; others wait for it. A folder with its final name is always
 * complete, because it is filled under another name and renamed.
 */
export const installOnce = async ({ cacheFolder, id, fill, onWait }: InstallOnceOptions): Promise<string> => {
  const final = join(cacheFolder, id)
  if (await exists(final)) return final
  await mkdir(cacheFolder, { recursive: true })
  const lock = join(cacheFolder, `.lock-${id}`)
  for (let isFirst = true; ; isFirst = false) {
    try {
      await writeFile(lock, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      if (await isAbandoned(lock)) await rm(lock, { force: true })
      else if (isFirst) onWait?.()
      await wait(100)
      if (await exists(final)) return final
    }
  }
  const heartbeat = setInterval(() => void utimes(lock, new Date(), new Date()).catch(() => {}), heartbeatMs)
  try {
    if (await exists(final)) return final
    const filling = join(cacheFolder, `.filling-${id}-${process.pid}`)
    await removeLeftovers(cacheFolder, `.filling-${id}-`)
    await mkdir(filling)
    try {
      await fill(filling)
      // Two may have taken over an abandoned lock at once: the first to finish wins, and both have the same.
      await rename(filling, final).catch(async (error: unknown) => {
        if (!(await exists(final))) throw error
      })
    } finally {
      await rm(filling, { recursive: true, force: true })
    }
    return final
  } finally {
    clearInterval(heartbeat)
    await rm(lock, { force: true })
  }
}
