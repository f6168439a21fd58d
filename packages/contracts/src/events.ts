import { type Logger, silentLogger } from './logger.ts'

/** Options of a subscription. */
export interface SubscriptionOptions {
  /** Ends the subscription when aborted. */
  readonly signal?: AbortSignal | undefined
}

/** What an event stream yields in place of events that a slow reader missed. */
export interface DroppedEvents {
  readonly dropped: number
}

/** Something that tells what happened. Events are named `noun.past-tense`. */
export interface EventSource<E> {
  /** Calls the listener synchronously after each such event, until the returned function is called. A listener that throws is logged and harms nobody. */
  on<K extends keyof E & string>(name: K, listener: (event: E[K]) => void, options?: SubscriptionOptions): () => void
  /** The same as an async iterable. A reader that falls 1000 events behind finds `{ dropped: n }` where the lost ones were. */
  events<K extends keyof E & string>(name: K, options?: SubscriptionOptions): AsyncIterable<E[K] | DroppedEvents>
}

/** The owner's side of an {@link EventSource}. */
export interface EventHub<E> extends EventSource<E> {
  /** Tells the listeners. `build` runs only if there is one, so that an event nobody hears costs nothing. */
  emit<K extends keyof E & string>(name: K, build: () => E[K]): void
  /** Ends every stream and forgets every listener. */
  end(): void
}

/** How many events a stream keeps for a slow reader before it drops the newest. */
const streamCapacity = 1000

/** Makes an {@link EventHub} whose failing listeners are reported to `logger`. */
export const createEventHub = <E>(logger: Logger = silentLogger): EventHub<E> => {
  const listeners = new Map<string, Set<(event: never) => void>>()
  const endings = new Set<() => void>()

  const hub: EventHub<E> = {
    on(name, listener, { signal } = {}) {
      if (signal?.aborted) return () => {}
      // A wrapper of its own, so that the same function subscribed twice is called twice and removed once.
      const entry = (event: never): void => listener(event)
      const subscribed = listeners.get(name) ?? new Set()
      listeners.set(name, subscribed.add(entry))
      const unsubscribe = (): void => {
        subscribed.delete(entry)
        if (subscribed.size === 0 && listeners.get(name) === subscribed) listeners.delete(name)
        signal?.removeEventListener('abort', unsubscribe)
      }
      signal?.addEventListener('abort', unsubscribe, { once: true })
      return unsubscribe
    },
    emit(name, build) {
      const entries = listeners.get(name)
      if (entries === undefined) return
      const event = build()
      for (const entry of [...entries]) {
        try {
          // Entries under a name were added by `on` of that name, with its event type.
          entry(event as never)
        } catch (error) {
          logger.error(
            { event: name, error: error instanceof Error ? error.name : typeof error },
            'an event listener threw',
          )
        }
      }
    },
    events: (name, options) => stream(hub, name, endings, options),
    end() {
      for (const ending of [...endings]) ending()
      listeners.clear()
    },
  }
  return hub
}

/** Subscribes at once, so that nothing is missed between the call and the first read. */
const stream = <E, K extends keyof E & string>(
  hub: EventHub<E>,
  name: K,
  endings: Set<() => void>,
  { signal }: SubscriptionOptions = {},
): AsyncIterable<E[K] | DroppedEvents> => {
  const buffer: (E[K] | DroppedEvents)[] = []
  let dropped = 0
  let done = false
  let wake: (() => void) | undefined
  const unsubscribe = hub.on(name, (event) => {
    if (buffer.length < streamCapacity) buffer.push(event)
    else dropped += 1
    wake?.()
  })
  const finish = (): void => {
    done = true
    unsubscribe()
    endings.delete(finish)
    signal?.removeEventListener('abort', finish)
    wake?.()
  }
  endings.add(finish)
  if (signal?.aborted) finish()
  else signal?.addEventListener('abort', finish, { once: true })

  const iterate = async function* (): AsyncGenerator<E[K] | DroppedEvents> {
    try {
      for (;;) {
        const event = buffer.shift()
        if (event !== undefined) yield event
        else if (dropped > 0) {
          const lost = { dropped }
          dropped = 0
          yield lost
        } else if (done) return
        else {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
          wake = undefined
        }
      }
    } finally {
      finish()
    }
  }
  return iterate()
}
