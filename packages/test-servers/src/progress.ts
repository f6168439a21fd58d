import { stderr } from 'node:process'

/** Says on the terminal what takes long, beside whatever the run prints: standard error, one line each. */
export type Progress = (line: string) => void

/** Writes progress to standard error. */
export const progressOnTerminal: Progress = (line) => {
  stderr.write(`[servers] ${line}\n`)
}

const stillEveryMs = 30_000

/** Announces a long action, says every 30 s that it is still under way, and how long it took. */
export const withProgress = async <T>(progress: Progress, what: string, action: () => Promise<T>): Promise<T> => {
  const started = performance.now()
  const seconds = (): string => `${Math.round((performance.now() - started) / 100) / 10} s`
  progress(`${what} …`)
  const timer = setInterval(() => progress(`${what} … still, after ${seconds()}`), stillEveryMs)
  try {
    const result = await action()
    progress(`${what}: done in ${seconds()}`)
    return result
  } catch (error) {
    progress(`${what}: failed after ${seconds()}`)
    throw error
  } finally {
    clearInterval(timer)
  }
}
