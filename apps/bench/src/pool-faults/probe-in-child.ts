import { spawn } from 'node:child_process'
import type { Verdict } from './fault.ts'

/** A probe that takes longer than this is stopped, in milliseconds: its library gives nothing else a turn. */
const childTimeoutMs = 20_000

/** Probes one library for one fault in a process of its own, so that what it breaks there harms nobody. */
export const probeInChild = (script: string, fault: string, library: string): Promise<Verdict> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, '--probe', fault, library], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      timeout: childTimeoutMs,
      killSignal: 'SIGKILL',
    })
    let complaint = ''
    let verdict: Verdict | undefined
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-2000)
    })
    // The child sends exactly one message: the verdict.
    child.on('message', (message) => {
      verdict = message as Verdict
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (verdict !== undefined) resolve(verdict)
      else if (signal !== null) resolve({ kind: 'wrong', what: 'the process does not come to answer any more' })
      else resolve({ kind: 'wrong', what: `the process ends with code ${code}: ${lastLine(complaint)}` })
    })
  })

const lastLine = (text: string): string =>
  text
    .split('\n')
    .find((line) => /Error/.test(line))
    ?.trim() ?? text.trim()
