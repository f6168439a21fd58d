import type { HoldfastError } from '@holdfast/contracts'

/** Hears that a call was ended before it was done. The link belongs to the {@link Ending}. */
export interface EndingListener {
  onEnded(error: HoldfastError): void
  nextListener: EndingListener | undefined
}

/** How a call is ended before it is done, for its attempts and the policies further in: without an AbortController unless somebody reads `signal`. */
export class Ending {
  #error: HoldfastError | undefined
  #controller: AbortController | undefined
  #listeners: EndingListener | undefined

  /** Why the call is over before it was done, if it is. */
  get error(): HoldfastError | undefined {
    return this.#error
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#error !== undefined) this.#controller.abort(this.#error)
    }
    return this.#controller.signal
  }

  /** Tells whoever listens, the latest first, or holds the signal. Does nothing the second time. */
  end(error: HoldfastError): void {
    if (this.#error !== undefined) return
    this.#error = error
    for (let listener = this.#listeners; listener !== undefined; listener = listener.nextListener) {
      listener.onEnded(error)
    }
    this.#listeners = undefined
    this.#controller?.abort(error)
  }

  /** Tells the listener when the call is ended. It is never taken back: an ending lives as long as its call. */
  subscribe(listener: EndingListener): void {
    if (this.#error !== undefined) {
      listener.onEnded(this.#error)
      return
    }
    listener.nextListener = this.#listeners
    this.#listeners = listener
  }
}
