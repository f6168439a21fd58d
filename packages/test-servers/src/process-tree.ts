import { readdir, readFile } from 'node:fs/promises'

/** Parents of all processes, by pid. */
const parentsOf = async (): Promise<ReadonlyMap<number, number>> => {
  const parents = new Map<number, number>()
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '')
    // pid (name, which may hold anything) state ppid
    const parent = /^\d+ \(.*\) \S (\d+)/s.exec(stat)?.[1]
    if (parent !== undefined) parents.set(Number(entry), Number(parent))
  }
  return parents
}

/**
 * A process and all that descend from it, parents first. Servers such as PostgreSQL give each of their processes a group of
 * its own, so a signal to the group of the first does not reach them. Where there is no /proc, the process alone.
 */
export const processTree = async (pid: number): Promise<readonly number[]> => {
  const parents = await parentsOf().catch(() => new Map<number, number>())
  const found = [pid]
  for (const parent of found) {
    for (const [child, itsParent] of parents) if (itsParent === parent && !found.includes(child)) found.push(child)
  }
  return found
}
