import type { Readable, Writable } from 'node:stream'
import type { Clock } from '@holdfast/contracts'

/** Everything a command touches outside itself, so that a test can stand in for all of it. */
export interface CommandEnvironment {
  /** The arguments after the name of the program. */
  readonly argv: readonly string[]
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  /** What relative paths are relative to. */
  readonly cwd: string
  readonly clock: Clock
  /** Calls the listener for each such signal that this process gets, instead of ending it, until the returned function is called. */
  onSignal(signal: NodeJS.Signals, listener: () => void): () => void
  /** Asks for a text that is not shown while it is typed. Only called where stdin and stderr are terminals. */
  askHidden(question: string, signal: AbortSignal): Promise<string>
}
