/** A server that is not to be had here. The message says why, and which command or variable gets it. */
export class ServerUnavailableError extends Error {
  override readonly name = 'ServerUnavailableError'
  /** The name of its definition. */
  readonly server: string
  /** Why, in one line or more. */
  readonly reason: string
  /** What to do about it, in one line. */
  readonly remedy: string

  constructor(server: string, reason: string, remedy: string, options?: ErrorOptions) {
    super(`The test server ${server} is not to be had here: ${reason}\n${remedy}`, options)
    this.server = server
    this.reason = reason
    this.remedy = remedy
  }
}
