import { type EventChannel, eventChannel } from './event-channel.ts'
import { createEventStream, type DroppedEvents } from './event-stream.ts'
import { type Logger, silentLogger } from './logger.ts'

/** Options of a subscription. */
export interface SubscriptionOptions {
  /** Ends the subscription when aborted. */
  readonly signal?: AbortSignal | undefined
}

/** Something that tells what happened. Events are named `noun.past-tense`. */
export interface EventSource<E> {
  /** Calls the listener synchronously after each such event, until the returned function is called. A listener that throws or rejects is logged and harms nobody. */
  on<K extends keyof E & string>(name: K, listener: (event: E[K]) => void, options?: SubscriptionOptions): () => void
  /**
   * The same as an async iterable, subscribed at once and to be read once. A reader that falls 1000 events behind finds
   * `{ dropped: n }` where the lost ones were. It ends after what it has buffered when the signal is aborted or the
   * source is closed; leaving the loop ends it at once. One that is never read holds its buffer until then.
   */
  events<K extends keyof E & string>(name: K, options?: SubscriptionOptions): AsyncIterable<E[K] | DroppedEvents>
}

/** The owner's side of an {@link EventSource}. */
export interface EventHub<E> extends EventSource<E> {
  /** Tells the listeners. `build` runs only if there is one, so that an event nobody hears costs nothing. */
  emit<K extends keyof E & string>(name: K, build: () => E[K]): void
  /** Whether anybody listens, for where even building a function to give to `emit` costs too much. */
  hears(name: keyof E & string): boolean
  /** Ends every stream, forgets every listener, and takes no new ones. */
  end(): void
}

/**
 * Makes an {@link EventHub} whose failing listeners are reported to `logger`. With a `source` (the package, as in errors)
 * each event is also published on the channel `holdfast.<source>.<name>` of `node:diagnostics_channel`, for agents that
 * nobody has wired up; while nobody subscribes there either, nothing is built.
 */
export const createEventHub = <E>(logger: Logger = silentLogger, source?: string): EventHub<E> => {
  const listeners = new Map<string, Set<Entry>>()
  const endings = new Set<() => void>()
  let ended = false

  const channels = new Map<string, EventChannel>()
  let lastName: string | undefined
  let lastChannel: EventChannel | undefined

  /** The channel of an event. The last one is kept apart: what is emitted most is emitted over and over. */
  const channelOf = (name: string): EventChannel | undefined => {
    if (name === lastName || source === undefined) return lastChannel
    const channel = channels.get(name) ?? eventChannel(source, name)
    channels.set(name, channel)
    lastName = name
    lastChannel = channel
    return channel
  }

  const report = (name: string, error: unknown): void => {
    try {
      logger.error(
        { event: name, error: error instanceof Error ? error.name : typeof error },
        'an event listener threw',
      )
    } catch {
      // A logger that throws must not break what the event tells of, and there is nowhere else to say so.
    }
  }

  const tell = (entry: Entry, name: string, event: unknown): void => {
    try {
      // Entries under a name were added by `on` of that name, with its event type.
      const outcome: unknown = entry(event as never)
      // A listener may be an async function: left alone, its rejection would end the process.
      if (outcome instanceof Promise) outcome.catch((error: unknown) => report(name, error))
    } catch (error) {
      report(name, error)
    }
  }

  const hub: EventHub<E> = {
    on(name, listener, { signal } = {}) {
      if (ended || signal?.aborted) return () => {}
      // A wrapper of its own, so that the same function subscribed twice is called twice and removed once.
      const entry: Entry = (event) => listener(event)
      const subscribed = listeners.get(name) ?? new Set()
      listeners.set(name, subscribed.add(entry))
      const unsubscribe = (): void => {
        subscribed.delete(entry)
        if (subscribed.size === 0 && listeners.get(name) === subscribed) listeners.delete(name)
        signal?.removeEventListener('abort', unsubscribe)
        endings.delete(unsubscribe)
      }
      endings.add(unsubscribe)
      signal?.addEventListener('abort', unsubscribe, { once: true })
      return unsubscribe
    },
    emit(name, build) {
      const entries = listeners.get(name)
      const channel = channelOf(name)
      const isPublished = channel?.hasSubscribers === true && !ended
      if (entries === undefined && !isPublished) return
      const event = build()
      if (isPublished) channel.publish(event)
      if (entries === undefined) return
      // One that an earlier listener has unsubscribed is not called any more, one that it has added not yet.
      for (const entry of [...entries]) if (entries.has(entry)) tell(entry, name, event)
    },
    hears: (name) => (listeners.size !== 0 && listeners.has(name)) || channelOf(name)?.hasSubscribers === true,
    events(name, { signal } = {}) {
      const stream = createEventStream<E[typeof name]>(() => {
        unsubscribe()
        endings.delete(stream.end)
        signal?.removeEventListener('abort', stream.end)
      })
      const unsubscribe = hub.on(name, stream.push)
      if (ended || signal?.aborted) stream.end()
      else {
        endings.add(stream.end)
        signal?.addEventListener('abort', stream.end, { once: true })
      }
      return stream.events
    },
    end() {
      ended = true
      for (const ending of [...endings]) ending()
    },
  }
  return hub
}

type Entry = (event: never) => unknown
