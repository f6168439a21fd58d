import {
  type Clock,
  createEventHub,
  HoldfastError,
  Secret,
  systemClock,
  throwIfAborted,
  toTimestamp,
} from '@holdfast/contracts'
import type { CredentialSource, ResolvedCredential, SourceChange } from '@holdfast/contracts/credentials'

/** A credential in a variable, with a source of it that can be slow, down, or remember what it answered. */
export interface VariableCredential {
  readonly source: CredentialSource
  /** Texts of every value there may be. */
  readonly secrets: readonly string[]
  /** What it was asked for, in order. */
  readonly reads: ('ordinary' | 'fresh')[]
  /** The signals it was given. */
  readonly signals: AbortSignal[]
  /** Watches that have begun. */
  readonly watches: number
  readonly version: string
  /** What it rejects with. */
  failure: HoldfastError | undefined
  /** Whether it answers what it answered before, unless it is asked for a fresh one. */
  keepsAnswer: boolean
  /** Puts another value in place; `silently`: without telling. */
  replace(options?: { readonly silently?: boolean }): void
  remove(): void
  /** Ends the watches that are under way, with an error if there is one. */
  endWatch(error?: Error): void
}

/** What a {@link VariableCredential} is like. */
export interface VariableCredentialOptions {
  readonly clock?: Clock
  /** How long a read takes; Infinity: it never ends. */
  readonly delayMs?: number
  /** How long each answer may be used. Default: for ever. */
  readonly lifetimeMs?: number
  readonly hasWatch?: boolean
  readonly onRead?: () => void
}

/** Makes a {@link VariableCredential} whose versions are numbers and whose value is a user name with a password. */
export const createVariableCredential = ({
  clock = systemClock,
  delayMs = 0,
  lifetimeMs,
  hasWatch = true,
  onRead,
}: VariableCredentialOptions = {}): VariableCredential => {
  const hub = createEventHub<{ readonly 'value.changed': SourceChange; readonly 'watch.ended': Error | undefined }>()
  const reads: ('ordinary' | 'fresh')[] = []
  const signals: AbortSignal[] = []
  let number = 1
  let watches = 0
  let isThere = true
  let answered: ResolvedCredential | undefined

  const answer = (): ResolvedCredential => {
    if (!isThere) throw goneError()
    return {
      value: new Secret(`planted-password ${number}`),
      version: String(number),
      ...(lifetimeMs === undefined ? {} : { expiresAt: toTimestamp(clock.wallNow() + lifetimeMs) }),
    }
  }
  const wait = (): Promise<void> =>
    new Promise((resolve) => {
      if (delayMs !== Number.POSITIVE_INFINITY) clock.setTimer(() => resolve(), delayMs)
    })
  const watch = async function* ({
    signal,
  }: {
    readonly signal?: AbortSignal | undefined
  } = {}): AsyncGenerator<SourceChange, void> {
    watches += 1
    const own = new AbortController()
    let failure: Error | undefined
    hub.on('watch.ended', (error) => {
      failure = error
      own.abort()
    })
    const either = signal === undefined ? own.signal : AbortSignal.any([signal, own.signal])
    for await (const event of hub.events('value.changed', { signal: either })) {
      if (!('dropped' in event)) yield event
    }
    if (failure !== undefined) throw failure
  }

  const variable: VariableCredential = {
    secrets: ['planted-password'],
    reads,
    signals,
    failure: undefined,
    keepsAnswer: false,
    get watches() {
      return watches
    },
    get version() {
      return String(number)
    },
    replace({ silently = false } = {}) {
      number += 1
      if (!silently) hub.emit('value.changed', () => ({ version: String(number) }))
    },
    remove() {
      isThere = false
      hub.emit('value.changed', () => ({}))
    },
    endWatch: (error) => hub.emit('watch.ended', () => error),
    source: {
      async retrieve({ signal, fresh = false } = {}) {
        throwIfAborted(signal, { source: 'variable-credential', operation: 'retrieve' })
        reads.push(fresh ? 'fresh' : 'ordinary')
        if (signal !== undefined) signals.push(signal)
        onRead?.()
        const { failure, keepsAnswer } = variable
        if (failure === undefined && (fresh || !keepsAnswer || answered === undefined)) answered = answer()
        const given = answered
        if (delayMs > 0) await wait()
        if (failure !== undefined || given === undefined) throw failure ?? goneError()
        return given
      },
      ...(hasWatch ? { watch } : {}),
    },
  }
  return variable
}

const goneError = (): HoldfastError =>
  new HoldfastError({
    code: 'NOT_FOUND',
    source: 'variable-credential',
    operation: 'retrieve',
    message: 'The credential is gone.',
    hint: 'Put it back.',
  })
