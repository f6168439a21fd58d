import { readdir, readFile } from 'node:fs/promises'

interface ProcessState {
  /** One letter: R running, S waiting, T stopped, Z ended. */
  readonly state: string
  readonly parent: number
}

/** What the kernel says of a process; undefined when it is gone, or where there is no /proc. */
const stateOf = async (pid: number | string): Promise<ProcessState | undefined> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // pid (name, which may hold anything) state ppid: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
  const [, state, parent] = /^\d+ \(.*\) (\S) (\d+)/s.exec(stat) ?? []
  return state === undefined ? undefined : { state, parent: Number(parent) }
}

/** Whether a process neither runs nor will run before it is told to go on. */
export const isStopped = async (pid: number): Promise<boolean> => {
  const found = await stateOf(pid)
  return found === undefined || ['T', 'Z', 'X'].includes(found.state)
}

/** Parents of all processes, by pid. */
const parentsOf = async (): Promise<ReadonlyMap<number, number>> => {
  const parents = new Map<number, number>()
  for (const entry of await readdir('/proc')) {
    const found = /^\d+$/.test(entry) ? await stateOf(entry) : undefined
    if (found) parents.set(Number(entry), found.parent)
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
