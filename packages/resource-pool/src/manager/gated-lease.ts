import type { Lease, ResourceInstance } from '@holdfast/contracts/resources'

/** A lease whose end is told once, whoever ends it: its user, or the pool that takes it away. */
export class GatedLease<T> implements Lease<T> {
  readonly #inner: Lease<T>
  #onEnded: ((lease: GatedLease<T>) => void) | undefined

  constructor(inner: Lease<T>, onEnded: (lease: GatedLease<T>) => void) {
    this.#inner = inner
    this.#onEnded = onEnded
  }

  get resource(): T {
    return this.#inner.resource
  }

  get instance(): ResourceInstance {
    return this.#inner.instance
  }

  /** Whether the pool has taken it away. */
  get isRevoked(): boolean {
    try {
      this.#inner.resource
      return false
    } catch {
      return true
    }
  }

  release(): void {
    this.#inner.release()
    this.end()
  }

  destroy(error?: unknown): void {
    this.#inner.destroy(error)
    this.end()
  }

  [Symbol.dispose](): void {
    this.#inner[Symbol.dispose]()
    this.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const disposed = this.#inner[Symbol.asyncDispose]()
    this.end()
    await disposed
  }

  /** Tells that it is over, the first time. */
  end(): void {
    const onEnded = this.#onEnded
    this.#onEnded = undefined
    onEnded?.(this)
  }
}
