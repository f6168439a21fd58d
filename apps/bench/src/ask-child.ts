import { spawn } from 'node:child_process'

/** How a child process ended, and what it said before. */
export interface ChildAnswer {
  /** The last message it sent; undefined when it sent none. */
  readonly message: unknown
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The end of its standard error. */
  readonly complaint: string
}

/** Runs a script in a process of its own, so that nothing it does to heap, compiler or event loop is felt here. A child that takes too long is killed. */
export const askChild = (parameters: readonly string[], timeoutMs: number): Promise<ChildAnswer> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, parameters, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      timeout: timeoutMs,
      // One that gives its event loop no turn hears no other signal.
      killSignal: 'SIGKILL',
    })
    let complaint = ''
    let answer: unknown
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-2000)
    })
    child.on('message', (message) => {
      answer = message
    })
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ message: answer, code, signal, complaint }))
  })
