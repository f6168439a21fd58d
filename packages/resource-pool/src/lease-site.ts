/** Where a lease was acquired, as a stack that is written out only when somebody asks. */
export class LeaseSite {
  readonly #trace: { readonly stack?: string } = {}
  /** Whether the leak has been told. */
  isReported = false

  /** Whether it is the pool itself that acquires, to check what it has: nobody is told of that as of a lease. */
  readonly isOfCheck: boolean

  /** `above` is the function whose caller is looked for. */
  constructor(above: (...args: never[]) => unknown, isOfCheck = false) {
    Error.captureStackTrace(this.#trace, above)
    this.isOfCheck = isOfCheck
  }

  /** The first line of the stack outside of this package and of Node, without the word `at`. */
  toString(): string {
    const lines = (this.#trace.stack ?? '').split('\n').slice(1)
    return (lines.find((line) => !line.includes('(node:')) ?? 'unknown').trim().replace(/^at /, '')
  }
}
