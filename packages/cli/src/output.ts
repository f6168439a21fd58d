import type { CommandEnvironment } from './command-environment.ts'
import { printable } from './printable.ts'
import { safeJson } from './safe-json.ts'

/** Where a command says things: results to stdout, everything else to stderr. */
export interface Output {
  /** Whether the user asked for JSON: then stdout gets one JSON document and nothing else. */
  readonly isJson: boolean
  /** A result: `data` as JSON, or else `text`, made safe for terminals. */
  result(data: unknown, text: string): void
  /** A value that was asked for, byte for byte. */
  raw(value: string | Uint8Array): void
  /** Something worth knowing that is not the result. Left out with JSON. */
  note(text: string): void
  /** Something to look at; with JSON too. */
  warn(text: string): void
  /** How far long work is: one line that is written over, on a terminal only. Empty text removes it. */
  progress(text: string): void
}

/** Makes the output of one command. */
export const createOutput = (
  { stdout, stderr }: Pick<CommandEnvironment, 'stdout' | 'stderr'>,
  isJson: boolean,
): Output => {
  let hasProgress = false
  const clearProgress = (): void => {
    if (hasProgress) stderr.write('\r\u001b[2K')
    hasProgress = false
  }
  return {
    isJson,
    result(data, text) {
      clearProgress()
      const shown = isJson ? safeJson(data) : printable(text, { keepLines: true })
      if (shown !== '') stdout.write(`${shown}\n`)
    },
    raw(value) {
      clearProgress()
      stdout.write(value)
      // On a terminal the prompt must not stand behind the value.
      if (stdout.isTTY && !Buffer.from(value).subarray(-1).equals(Buffer.from('\n'))) stdout.write('\n')
    },
    note(text) {
      clearProgress()
      if (!isJson) stderr.write(`${printable(text, { keepLines: true })}\n`)
    },
    warn(text) {
      clearProgress()
      stderr.write(`warning: ${printable(text, { keepLines: true })}\n`)
    },
    progress(text) {
      if (!stderr.isTTY || isJson) return
      clearProgress()
      if (text === '') return
      stderr.write(printable(text))
      hasProgress = true
    },
  }
}
