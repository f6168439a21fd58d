import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { getEventListeners } from 'node:events'
import { expect, expectTypeOf, it } from 'vitest'
import type { DroppedEvents } from './event-stream.ts'
import { createEventHub } from './events.ts'
import { type Logger, silentLogger } from './logger.ts'

interface TestEvents {
  'thing.happened': number
  'thing.emptied': undefined
}

const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const recordingLogger = (lines: unknown[]): Logger => ({
  ...silentLogger,
  error: (fields, message) => void lines.push([fields, message]),
})
const take = async <T>(events: AsyncIterable<T>, count: number): Promise<T[]> => {
  const taken: T[] = []
  if (count > 0) {
    for await (const event of events) {
      taken.push(event)
      if (taken.length === count) break
    }
  }
  return taken
}

it('calls listeners at once, in the order they came, until they leave', () => {
  const hub = createEventHub<TestEvents>()
  const heard: string[] = []
  const leave = hub.on('thing.happened', (event) => heard.push(`a${event}`))
  hub.on('thing.happened', (event) => heard.push(`b${event}`))
  hub.emit('thing.happened', () => 1)
  leave()
  leave()
  hub.emit('thing.happened', () => 2)
  expect(heard).toEqual(['a1', 'b1', 'b2'])
})

it('builds no event that nobody hears', () => {
  const hub = createEventHub<TestEvents>()
  let built = 0
  const emit = (): void => hub.emit('thing.happened', () => ++built)
  emit()
  const leave = hub.on('thing.happened', () => {})
  emit()
  leave()
  emit()
  expect(built).toBe(1)
})

it('does not call a listener that an earlier one has just taken away, nor one it has just added', () => {
  const hub = createEventHub<TestEvents>()
  const heard: string[] = []
  hub.on('thing.happened', () => {
    leave()
    hub.on('thing.happened', () => heard.push('added'))
  })
  const leave = hub.on('thing.happened', () => heard.push('taken away'))
  hub.emit('thing.happened', () => 1)
  expect(heard).toEqual([])
})

it('counts the same function twice as two listeners', () => {
  const hub = createEventHub<TestEvents>()
  let calls = 0
  const listener = (): void => void calls++
  const leave = hub.on('thing.happened', listener)
  hub.on('thing.happened', listener)
  leave()
  hub.emit('thing.happened', () => 1)
  expect(calls).toBe(1)
})

it('logs a listener that throws or rejects, without its message, and calls the others', async () => {
  const lines: unknown[] = []
  const hub = createEventHub<TestEvents>(recordingLogger(lines))
  let heard = 0
  hub.on('thing.happened', () => {
    throw new TypeError('planted-value-7f3a')
  })
  hub.on('thing.happened', async () => {
    throw new RangeError('planted-value-7f3a')
  })
  hub.on('thing.happened', () => {
    throw 'planted-value-7f3a'
  })
  hub.on('thing.happened', () => void heard++)
  hub.emit('thing.happened', () => 1)
  await turn()
  expect(heard).toBe(1)
  expect(lines.map((line) => JSON.stringify(line))).toEqual([
    '[{"event":"thing.happened","error":"TypeError"},"an event listener threw"]',
    '[{"event":"thing.happened","error":"string"},"an event listener threw"]',
    '[{"event":"thing.happened","error":"RangeError"},"an event listener threw"]',
  ])
})

it('is not broken by a logger that throws when a listener has', async () => {
  const boom = (): never => {
    throw new Error('boom')
  }
  const hub = createEventHub<TestEvents>({ ...recordingLogger([]), error: boom })
  let heard = 0
  hub.on('thing.happened', boom)
  hub.on('thing.happened', async () => boom())
  hub.on('thing.happened', () => void heard++)
  hub.emit('thing.happened', () => 1)
  await turn()
  expect(heard).toBe(1)
})

it('ends a subscription with its signal, and leaves nothing on the signal', () => {
  const hub = createEventHub<TestEvents>()
  const controller = new AbortController()
  let heard = 0
  hub.on('thing.happened', () => void heard++, { signal: controller.signal })()
  expect(listenersOf(controller.signal)).toBe(0)
  hub.on('thing.happened', () => void heard++, { signal: controller.signal })
  hub.on('thing.happened', () => void heard++, { signal: AbortSignal.abort() })
  hub.emit('thing.happened', () => 1)
  controller.abort()
  hub.emit('thing.happened', () => 1)
  expect(heard).toBe(1)
})

it('streams what happens from the call on, to a reader that comes later too', async () => {
  const hub = createEventHub<TestEvents>()
  const events = hub.events('thing.happened')
  expectTypeOf(events).toEqualTypeOf<AsyncIterable<number | DroppedEvents>>()
  hub.emit('thing.happened', () => 1)
  hub.emit('thing.happened', () => 2)
  expect(await take(events, 2)).toEqual([1, 2])
})

it('keeps an event that is undefined', async () => {
  const hub = createEventHub<TestEvents>()
  const events = hub.events('thing.emptied')
  hub.emit('thing.emptied', () => undefined)
  expect(await take(events, 1)).toEqual([undefined])
})

it('answers readers that wait, each with one event', async () => {
  const hub = createEventHub<TestEvents>()
  const iterator = hub.events('thing.happened')[Symbol.asyncIterator]()
  const reads = Promise.all([iterator.next(), iterator.next()])
  hub.emit('thing.happened', () => 1)
  hub.emit('thing.happened', () => 2)
  expect((await reads).map(({ value }) => value)).toEqual([1, 2])
})

it('tells a slow reader how many events it missed, where they were', async () => {
  const hub = createEventHub<TestEvents>()
  const events = hub.events('thing.happened')[Symbol.asyncIterator]()
  const emit = (from: number, to: number): void => {
    for (let event = from; event <= to; event++) hub.emit('thing.happened', () => event)
  }
  const read = async (count: number): Promise<unknown[]> => {
    const values: unknown[] = []
    for (let index = 0; index < count; index++) values.push((await events.next()).value)
    return values
  }
  emit(1, 1005)
  expect((await read(10)).at(-1)).toBe(10)
  emit(1006, 1007)
  const rest = await read(993)
  expect(rest.slice(-4)).toEqual([1000, { dropped: 5 }, 1006, 1007])
  emit(1, 1003)
  expect((await read(1001)).slice(-2)).toEqual([1000, { dropped: 3 }])
})

it('ends at once when the reader leaves while it waits, and stops listening', async () => {
  const hub = createEventHub<TestEvents>()
  const iterator = hub.events('thing.happened')[Symbol.asyncIterator]()
  const read = iterator.next()
  expect(await iterator.return?.()).toEqual({ done: true, value: undefined })
  expect(await read).toEqual({ done: true, value: undefined })
  let built = 0
  hub.emit('thing.happened', () => ++built)
  expect(built).toBe(0)
  expect(await iterator.next()).toEqual({ done: true, value: undefined })
})

it('ends a stream by its signal after what was buffered, and leaves nothing on the signal', async () => {
  const hub = createEventHub<TestEvents>()
  const controller = new AbortController()
  const events = hub.events('thing.happened', { signal: controller.signal })
  hub.emit('thing.happened', () => 1)
  controller.abort()
  hub.emit('thing.happened', () => 2)
  expect(await take(events, 5)).toEqual([1])
  expect(await take(hub.events('thing.happened', { signal: controller.signal }), 5)).toEqual([])
  const other = new AbortController()
  await hub.events('thing.happened', { signal: other.signal })[Symbol.asyncIterator]().return?.()
  expect(listenersOf(other.signal)).toBe(0)
})

it('ends everything when the owner ends it, and takes no new listeners', async () => {
  const hub = createEventHub<TestEvents>()
  const { signal } = new AbortController()
  let heard = 0
  hub.on('thing.happened', () => void heard++, { signal })
  const read = hub.events('thing.happened', { signal })[Symbol.asyncIterator]().next()
  hub.end()
  hub.end()
  expect(await read).toEqual({ done: true, value: undefined })
  expect(listenersOf(signal)).toBe(0)
  hub.on('thing.happened', () => void heard++)
  hub.emit('thing.happened', () => 1)
  expect(heard).toBe(0)
  expect(await take(hub.events('thing.happened'), 1)).toEqual([])
})

it('can be handed out method by method', () => {
  const { on, emit, events } = createEventHub<TestEvents>()
  let heard = 0
  on('thing.happened', () => void heard++)
  events('thing.happened')
  emit('thing.happened', () => 1)
  expect(heard).toBe(1)
})

it('publishes on channels of its source, once each, and builds nothing while nobody is there', () => {
  const seen: unknown[] = []
  const at = (name: string) => (message: unknown) => void seen.push([name, message])
  const listeners = { 'thing.happened': at('thing.happened'), 'thing.emptied': at('thing.emptied') }
  const hub = createEventHub<TestEvents>(silentLogger, 'test')
  const quiet = createEventHub<TestEvents>()
  let built = 0
  const emit = (): void => {
    for (const each of [hub, quiet]) {
      each.emit('thing.happened', () => ++built)
      each.emit('thing.emptied', () => undefined)
    }
  }
  emit()
  expect(built).toBe(0)
  expect(hub.hears('thing.happened')).toBe(false)
  for (const [name, listener] of Object.entries(listeners)) subscribe(`holdfast.test.${name}`, listener)
  expect(hub.hears('thing.happened')).toBe(true)
  expect(quiet.hears('thing.happened')).toBe(false)
  hub.on('thing.happened', at('listener'))
  emit()
  hub.end()
  emit()
  for (const [name, listener] of Object.entries(listeners)) unsubscribe(`holdfast.test.${name}`, listener)
  expect(seen).toEqual([
    ['thing.happened', 1],
    ['listener', 1],
    ['thing.emptied', undefined],
  ])
})
