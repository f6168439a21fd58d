import type { ServerSettings } from './server-definition.ts'

/** Where a server came from, in the order in which they are tried. */
export type ServerOrigin = 'environment' | 'path' | 'cache' | 'docker'

/** A running server. */
export interface TestServer {
  /** The name of its definition: `redis`. */
  readonly name: string
  /** The product: `Redis`. */
  readonly title: string
  /** What the server itself says. */
  readonly version: string
  readonly origin: ServerOrigin
  /** What a client needs to reach it, by the names of environment variables. */
  readonly settings: ServerSettings
}

/** A server of its caller's own, to be killed, suspended and restarted at will. */
export interface PrivateServer extends TestServer {
  /** The process id of its first process. It changes with a restart. */
  readonly pid: number
  /** All its processes by name: `node-1`, `etcd`. */
  readonly pids: Readonly<Record<string, number>>
  readonly isRunning: boolean
  /** Sends a deadly signal to all its processes, or the one named, and resolves when they are gone. Default: SIGKILL. */
  kill(signal?: NodeJS.Signals, processName?: string): Promise<void>
  /** Stops it where it stands (SIGSTOP): connections stay open and nothing answers. */
  suspend(processName?: string): Promise<void>
  /** Lets it go on. */
  resume(processName?: string): Promise<void>
  /** Starts what is not running, on the same ports and data; what runs is first stopped in order. */
  restart(): Promise<void>
  /** What its processes wrote, for assertions about it and for finding out. */
  log(): Promise<string>
  /** Ends it and removes its data. Idempotent; it also happens when this process ends in any way. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
