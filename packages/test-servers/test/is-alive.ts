import { readFile } from 'node:fs/promises'
import { untilSuccess } from '../src/http-answer.ts'

/** Whether a process runs; one that has ended and that nobody has asked about does not. */
export const isAlive = async (pid: number): Promise<boolean> => {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return !/^\d+ \(.*\) [ZX]/s.test(stat)
}

/** Resolves when a process is gone, and rejects when it still runs after a time far longer than that takes. */
export const untilGone = (pid: number): Promise<void> =>
  untilSuccess(async () => {
    if (await isAlive(pid)) throw new Error(`process ${pid} still runs`)
  }, 20_000)
