import type { CreateScript } from './create-script.ts'

/** What a caller got, as the library's documentation has it used. */
export interface Held {
  readonly resource: object
  /** Gives it back; what the library answers or throws. */
  release(): unknown
}

/** A pool of some library, as the faults see it. */
export interface ProbedPool {
  acquire(signal?: AbortSignal): Promise<Held>
  /** Gives back an object that the pool has never lent, if its interface lets one. */
  releaseForeign?(): unknown
  /** Ends the pool as its documentation says, with a deadline where it has one. */
  close(): unknown
  resize?(maxSize: number): void
  /** Calls `listener` with the line that acquired a lease that is out for too long. */
  onLeak?(listener: (site: string | undefined) => void): void
  /** Calls `listener` whenever a resource has come to the end of its life. */
  onLifeEnded?(listener: () => void): void
}

/** Whether resources still work. */
export interface Checked {
  isGood: boolean
}

/** How a pool is made for a fault. What a library does not have is left out by it. */
export interface ProbedPoolOptions {
  readonly maxSize: number
  readonly script: CreateScript
  readonly acquireTimeoutMs?: number
  readonly createTimeoutMs?: number
  /** Asked before a resource is lent, of all resources alike. */
  readonly checked?: Checked
  readonly leakDetectionMs?: number
  readonly maxLifetimeMs?: number
}

/** What a fault needs a library to have. */
export type Ability =
  /** Creates can be refused or hang. */
  | 'failing creates'
  /** Creates can take long. */
  | 'slow creates'
  /** Creates can throw where they should reject. */
  | 'throwing creates'
  | 'acquire timeout'
  | 'validation'
  | 'abort'
  | 'resize'
  | 'leak detection'
  | 'lifetime jitter'

/** Something that has pools: ours or a package of npm. */
export interface ProbedLibrary {
  readonly name: string
  /** What it does not have, and whether that is missing or only cannot be tried here. */
  readonly lacks: Readonly<Partial<Record<Ability, 'not offered' | 'not tried'>>>
  open(options: ProbedPoolOptions): Promise<ProbedPool>
}
