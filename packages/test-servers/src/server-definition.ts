/** What a client needs to reach a server, under the names its clients read from the environment: `REDIS_URL`, `VAULT_ADDR`. */
export type ServerSettings = Readonly<Record<string, string>>

/** The programs of a server on this machine. */
export interface Programs {
  /** Absolute paths by program name. */
  readonly paths: Readonly<Record<string, string>>
  /** What they need in their environment, for example where their libraries lie. */
  readonly environment?: Readonly<Record<string, string>>
}

/** What an {@link Installation} is fetched with. */
export interface FetchContext {
  /** The folder to fill. It gets its final name only when `fetch` resolved, so it must be movable. */
  readonly folder: string
  /** Runs a package client to its end in `folder`; its output goes to the log. Rejects with the last lines of it. */
  run(program: string, parameters: readonly string[], options?: RunOptions): Promise<string>
  /** Says on the terminal what is being done now. */
  progress(line: string): void
}

/** Options of {@link FetchContext.run}. */
export interface RunOptions {
  readonly directory?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** A pinned version of the programs of one or more servers, and how to get it without root. */
export interface Installation {
  /** Name of its folder in the cache, with the version in it: another version is another folder. */
  readonly id: string
  /** What fetching takes, for the progress line: `1 s`, `4 to 7 minutes, once`. */
  readonly cost: string
  /** Programs fetching needs on PATH; where one is missing the server is absent. */
  readonly needs: readonly string[]
  /** The programs where somebody has installed them on the machine, or undefined. */
  findOnMachine(): Promise<Programs | undefined>
  fetch(context: FetchContext): Promise<void>
  /** The programs inside a filled folder. */
  programs(folder: string): Promise<Programs>
}

/** A service of docker-compose.test.yml that stands in where nothing else is to be had. */
export interface Container {
  readonly service: string
  /** The variables of the compose file that say which ports of this machine to use. */
  readonly portVariables: readonly string[]
  settings(ports: readonly number[]): ServerSettings
}

/** What {@link ServerDefinition.plan} is given. */
export interface PlanContext {
  readonly programs: Programs
  /** A private folder, empty, removed when the server is stopped for good. */
  readonly folder: string
  /** A port of 127.0.0.1 that was free a moment ago. */
  freePort(): Promise<number>
  /** Runs a program to its end, for example to create a database. Rejects with its last lines. */
  run(program: string, parameters: readonly string[], options?: RunOptions): Promise<string>
}

/** One process of a server. */
export interface ProcessPlan {
  readonly name: string
  readonly program: string
  readonly parameters: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** What asks it to end in order. Default: SIGTERM. */
  readonly stopSignal?: NodeJS.Signals
  /** Resolves when it serves; rejected attempts are repeated until the deadline of the start. */
  ready(): Promise<void>
}

/** How one server is run: the same plan is started again by `restart`, on the same ports and data. */
export interface ServerPlan {
  readonly settings: ServerSettings
  /** Started in this order, each when the one before is ready; the first is the one that `pid` names. */
  readonly processes: readonly ProcessPlan[]
  /**
   * After every start, before anybody gets the server: forms the cluster, unseals, creates what tests expect. What is known
   * only then, such as a token, is added to the settings.
   */
  afterReady?(): Promise<ServerSettings>
}

/** Everything there is to know about one kind of server. One file in `servers/` each. */
export interface ServerDefinition {
  readonly name: string
  /** Product and version in a report, and what the README of a driver would call it. */
  readonly title: string
  /**
   * Variables by which somebody hands over a running server, and the setting each becomes. They come first, but only when
   * all are set. They are names nobody has set by chance where that would be dangerous: `OPENBAO_ADDR`, not `VAULT_ADDR`.
   */
  readonly environment: Readonly<Record<string, string>>
  /** No registry carries it, so that its absence is no failure with CI=true either; it is said loudly all the same. */
  readonly optional?: boolean
  readonly installation?: Installation
  readonly container?: Container
  plan?(context: PlanContext): Promise<ServerPlan>
  /** Asks the running server for its version. */
  version(settings: ServerSettings): Promise<string>
}
