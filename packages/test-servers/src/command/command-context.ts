import type { Progress } from '../progress.ts'
import type { ServerDefinition } from '../server-definition.ts'

/** What each command of `npm run servers` is given. */
export interface CommandContext {
  readonly definitions: readonly ServerDefinition[]
  /** The result, on standard output. */
  readonly print: (line: string) => void
  readonly progress: Progress
  readonly signal?: AbortSignal
}
