import type { ServerOrigin } from './private-server.ts'

/** That a suite ran on a server: one line of the report. */
export interface ServerUse {
  readonly server: string
  readonly title: string
  /** What the server said; absent when it was not to be had. */
  readonly version?: string | undefined
  readonly origin?: ServerOrigin | undefined
  /** The test file, from the root of the repository. */
  readonly suite: string
  /** Why the suite was left out, and what gets the server. */
  readonly absent?: string | undefined
}
