import { HoldfastError } from '@holdfast/contracts'
import { fakeError } from './fake-error.ts'

/** A resource in memory that notices what is done to it. It has a session, in which users can leave things. */
export class FakeResource {
  /** The number of its create, beginning with 1. */
  readonly number: number
  /** What users leave behind; `reset` empties it. */
  readonly session = new Map<string, string>()
  readonly #report: (violation: string) => void
  #state: 'open' | 'broken' | 'destroyed' = 'open'
  #breaksAfterUses = Number.POSITIVE_INFINITY
  #running: { readonly method: string; readonly signal: AbortSignal | undefined } | undefined
  #users = 0
  uses = 0
  validations = 0
  resets = 0
  /** How often its destroy was called: once, if all is well. */
  destroys = 0

  constructor(number: number, report: (violation: string) => void) {
    this.number = number
    this.#report = report
  }

  /** `broken`: it has lost its other side. `destroyed`: its destroy was called, however that went. */
  get state(): 'open' | 'broken' | 'destroyed' {
    return this.#state
  }

  /** Whether its destroy was not called, broken or not. */
  get isAlive(): boolean {
    return this.#state !== 'destroyed'
  }

  /** Works with it as a user does. Rejects with UNAVAILABLE when it is broken, and with CLOSED, a violation, when it was destroyed. */
  async use<R>(work: (session: Map<string, string>) => Promise<R> | R): Promise<R> {
    if (this.#state === 'destroyed') {
      this.#report(`use of ${this.number} after its destroy`)
      throw fakeError('CLOSED', 'use', `The resource ${this.number} was used after its destroy.`)
    }
    if (this.#running !== undefined && !this.#running.signal?.aborted) {
      this.#report(`use of ${this.number} during its ${this.#running.method}`)
    }
    if (this.uses >= this.#breaksAfterUses) this.break()
    if (this.#state === 'broken') throw lostConnection(this.number)
    this.uses += 1
    this.#users += 1
    try {
      return await work(this.session)
    } finally {
      this.#users -= 1
    }
  }

  /** Does work that fails and harms nothing: rejects with INVALID_ARGUMENT. */
  async fail(): Promise<never> {
    return this.use(() => {
      throw fakeError('INVALID_ARGUMENT', 'use', `A statement of the resource ${this.number} failed, as was asked for.`)
    })
  }

  /** It loses its other side, now or after so many uses from its beginning. */
  break(afterUses = 0): void {
    if (afterUses > this.uses) this.#breaksAfterUses = afterUses
    else if (this.#state === 'open') this.#state = 'broken'
  }

  /** Notes that a method of the adapter begins; answers what notes its end. */
  enter(method: string, signal: AbortSignal | undefined): () => void {
    if (this.#state === 'destroyed') {
      this.#report(
        method === 'destroy' ? `a second destroy of ${this.number}` : `${method} of ${this.number} after its destroy`,
      )
    }
    // A call whose signal was aborted has been given up, and what is next may come.
    if (this.#running !== undefined && !this.#running.signal?.aborted) {
      this.#report(`${method} of ${this.number} during its ${this.#running.method}`)
    }
    // A user may be cut off, and is by a pool that is closed; nothing else may happen under its hands.
    if (this.#users > 0 && method !== 'destroy') this.#report(`${method} of ${this.number} while it is used`)
    if (method === 'destroy') {
      this.destroys += 1
      this.#state = 'destroyed'
    }
    const running = { method, signal }
    this.#running = running
    return () => {
      if (this.#running === running) this.#running = undefined
    }
  }
}

/** Whether an error is that of a {@link FakeResource} which is broken. */
export const isLostConnection = (error: unknown): boolean => {
  try {
    return HoldfastError.is(error, 'UNAVAILABLE') && error.source === 'fake-adapter' && error.operation === 'use'
  } catch {
    return false
  }
}

const lostConnection = (number: number): HoldfastError =>
  fakeError('UNAVAILABLE', 'use', `The resource ${number} has lost its other side.`)
