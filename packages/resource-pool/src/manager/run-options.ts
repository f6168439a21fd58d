/** Options of {@link ResourceManager.run}. */
export interface RunOptions {
  /** Signals that end the run. Default SIGTERM, as orchestrators send it, and SIGINT for Ctrl-C. A second one ends the process at once. */
  readonly signals?: readonly NodeJS.Signals[] | undefined
  /**
   * Where `/healthz`, `/readyz` and `/startupz` are answered: a port of all interfaces, or of `host`. Default: nowhere. A
   * service that has pages of its own gives `onReadiness` instead.
   */
  readonly probes?: { readonly port: number; readonly host?: string | undefined } | undefined
  /** Told whenever requests may come, or may not any more; `setReady` of `createHealth` of `@holdfast/telemetry` fits. */
  readonly onReadiness?: ((isReady: boolean, reason: string | undefined) => void) | undefined
  /** The local endpoint that `holdfast inspect`, `health` and `graph` ask: its name there. Default: none. */
  readonly inspectAs?: string | undefined
  /** How long requests go on to be served after readiness is off, so that load balancers notice before they are refused, in milliseconds. Default 0; behind Kubernetes 5000 is common. */
  readonly readinessDelayMs?: number | undefined
  /** How long draining and stopping may take together. Default 20,000: with the delay before it less than the 30 seconds that Kubernetes waits before it kills. */
  readonly stopDeadlineMs?: number | undefined
  /** Begins to serve when everything is up; what it rejects with ends the run with exit code 1. */
  readonly onStarted?: (() => Promise<void> | void) | undefined
  /** Stops to take requests: called when readiness is off and the delay is over, before anything drains. */
  readonly onStopping?: (() => Promise<void> | void) | undefined
  /** Ends the run as a signal does. */
  readonly signal?: AbortSignal | undefined
}
