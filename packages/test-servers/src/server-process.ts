import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { lastLines } from './last-lines.ts'
import { isStopped, processTree } from './process-tree.ts'
import type { ProcessPlan } from './server-definition.ts'
import { watchdog } from './watchdog.ts'

const wholeFromEnvironment = (): NodeJS.ProcessEnv => process.env

/** A process that did not become ready: it ended, or its time was over. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError'
  /** Another program has one of its ports: another attempt with other ports may succeed. */
  readonly isPortTaken: boolean

  constructor(message: string, log: string, options?: ErrorOptions) {
    super(`${message}\n${log.trim() === '' ? '  (its log is empty)' : lastLines(log)}`, options)
    this.isPortTaken = /already in use|EADDRINUSE|address in use/i.test(log)
  }
}

/** One running process of a server. */
export interface ServerProcess {
  readonly name: string
  readonly pid: number
  /** Resolves when it has ended. Only this, never the server itself, keeps the process of the caller running. */
  untilEnded(): Promise<void>
  readonly isRunning: boolean
  /** Sends a signal to it and all its descendants; after SIGSTOP they stand when it resolves. */
  signal(signal: NodeJS.Signals): Promise<void>
  /** Asks it to end, kills it after `deadlineMs`, and resolves when it is gone. */
  stop(deadlineMs: number): Promise<void>
}

/** What {@link startProcess} needs besides the plan. */
export interface StartProcessOptions {
  readonly environment: Readonly<Record<string, string>> | undefined
  readonly directory: string
  readonly logFile: string
  /** On the clock of `performance.now()`. */
  readonly deadline: number
}

/** Starts one process and resolves when it serves. Rejects with {@link ServerStartError}, and then nothing is left running. */
export const startProcess = async (plan: ProcessPlan, options: StartProcessOptions): Promise<ServerProcess> => {
  const started = performance.now()
  const { stopSignal = 'SIGTERM' } = plan
  const log = openSync(options.logFile, 'a')
  const child = spawn(plan.program, plan.parameters, {
    cwd: options.directory,
    env: { ...wholeFromEnvironment(), ...options.environment, ...plan.environment },
    // Into a file: a server never waits for whoever should read its output.
    stdio: ['ignore', log, log],
    detached: true,
  })
  closeSync(log)
  child.unref()
  const { pid } = child
  let endedBy: string | undefined
  const ended = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      endedBy = error.message
      resolve()
    })
    child.on('exit', (code, signal) => {
      endedBy = signal ?? `exit code ${code}`
      if (pid !== undefined) watchdog.ended(pid)
      resolve()
    })
  })
  const untilEnded = (): Promise<void> => {
    child.ref()
    return ended
  }
  const failed = async (what: string, cause?: unknown): Promise<ServerStartError> => {
    const text = await readFile(options.logFile, 'utf8').catch(() => '')
    return new ServerStartError(`${plan.name} ${what}`, text, { cause })
  }
  if (pid === undefined) {
    await ended
    throw await failed(`cannot be run: ${endedBy}`)
  }
  watchdog.started(pid, stopSignal)

  const signal = async (name: NodeJS.Signals): Promise<void> => {
    const targets = await processTree(pid)
    for (const target of targets) {
      try {
        if (endedBy === undefined) process.kill(target, name)
      } catch {
        // It ended meanwhile, which is all the same.
      }
    }
    // The kernel stops a process when it next gives it time.
    if (name === 'SIGSTOP') for (const target of targets) while (!(await isStopped(target))) await wait(1)
  }
  const stop = async (deadlineMs: number): Promise<void> => {
    if (endedBy !== undefined) return
    process.kill(pid, stopSignal)
    await signal('SIGCONT')
    const timer = new AbortController()
    const late = wait(deadlineMs, true, { signal: timer.signal }).catch(() => false)
    const isLate = await Promise.race([ended.then(() => false), late])
    timer.abort()
    if (isLate) await signal('SIGKILL')
    await untilEnded()
  }

  let lastProblem: unknown
  const timers = new AbortController()
  const late = wait(Math.max(options.deadline - performance.now(), 0), 'late' as const, { signal: timers.signal })
  late.catch(() => {})
  for (let pause = 10; ; pause = Math.min(pause * 1.5, 200)) {
    // An attempt that hangs must hide neither the end of the process nor the deadline.
    const outcome = await Promise.race([
      plan.ready().then(
        () => 'ready' as const,
        (problem: unknown) => {
          lastProblem = problem
          return 'not yet' as const
        },
      ),
      ended.then(() => 'ended' as const),
      late,
    ])
    // Whoever else has its port may have answered: then this one is about to end.
    if (outcome === 'ready') await Promise.race([wait(20), ended])
    if (outcome !== 'not yet') timers.abort()
    if (endedBy !== undefined) throw await failed(`ended during its start (${endedBy})`)
    if (outcome === 'ready') break
    if (outcome === 'late') {
      await signal('SIGKILL')
      await untilEnded()
      const after = Math.round(performance.now() - started)
      const detail = lastProblem instanceof Error ? `: ${lastProblem.message}` : ''
      throw await failed(`was not ready after ${after} ms${detail}`, lastProblem)
    }
    await Promise.race([wait(pause), ended, late])
  }
  return {
    name: plan.name,
    pid,
    untilEnded,
    get isRunning() {
      return endedBy === undefined
    },
    signal,
    stop,
  }
}
