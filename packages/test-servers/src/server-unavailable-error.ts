/** A server that is not to be had here. The message says why, and which command or variable gets it. */
export class ServerUnavailableError extends Error {
  override readonly name = 'ServerUnavailableError'
  readonly server: string
  /** Why, in one line or more. */
  readonly reason: string

  constructor(server: string, reason: string, options?: ErrorOptions) {
    super(
      `The test server ${server} is not to be had here: ${reason}\nGet it with: npm run servers -- fetch ${server}`,
      options,
    )
    this.server = server
    this.reason = reason
  }
}
