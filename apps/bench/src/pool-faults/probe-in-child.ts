import { askChild } from '../ask-child.ts'
import type { Verdict } from './fault.ts'

/** A probe that takes longer than this is stopped, in milliseconds: its library gives nothing else a turn. */
const childTimeoutMs = 20_000

/** Probes one library for one fault in a process of its own, so that what it breaks there harms nobody. */
export const probeInChild = async (script: string, fault: string, library: string): Promise<Verdict> => {
  const parameters = [script, '--probe', fault, library]
  const { message, code, signal, complaint } = await askChild(parameters, childTimeoutMs)
  // The child sends exactly one message: the verdict.
  if (message !== undefined) return message as Verdict
  if (signal !== null) return { kind: 'wrong', what: 'the process does not come to answer any more' }
  return { kind: 'wrong', what: `the process ends with code ${code}: ${lastLine(complaint)}` }
}

const lastLine = (text: string): string =>
  text
    .split('\n')
    .find((line) => /Error/.test(line))
    ?.trim() ?? text.trim()
