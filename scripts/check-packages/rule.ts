import type { Workspace } from './workspace.ts'

/** One thing that is wrong, in a form that an editor and a person can follow. */
export interface Violation {
  /** The file or folder, from the repository root. */
  readonly path: string
  readonly line?: number
  /** What is wrong and what to do about it. */
  readonly message: string
}

/** One structure or dependency rule. Rules only read the {@link Workspace}; they run in any order. */
export interface Rule {
  /** What the rule is called in the output and in reports. */
  readonly name: string
  /** Why the rule exists, in one sentence. */
  readonly why: string
  check(workspace: Workspace): Iterable<Violation>
}
