/** Where a lease was acquired, as a stack that is written out only when somebody asks. */
export class LeaseSite {
  readonly #trace: { readonly stack?: string } = {}
  /** Whether the leak has been told. */
  isReported = false

  /** `above` is the function whose caller is looked for. */
  constructor(above: (...args: never[]) => unknown) {
    Error.captureStackTrace(this.#trace, above)
  }

  /** The first line of the stack outside of this package and of Node, without the word `at`. */
  toString(): string {
    const lines = (this.#trace.stack ?? '').split('\n').slice(1)
    return (lines.find((line) => !line.includes('(node:')) ?? 'unknown').trim().replace(/^at /, '')
  }
}
