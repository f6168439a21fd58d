import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, expect, it, vi } from 'vitest'
import { eventChannel } from './event-channel.ts'

afterEach(() => vi.unstubAllGlobals())

it('is the channel of Node that agents subscribe to by its name', () => {
  const seen: unknown[] = []
  const listener = (message: unknown): void => void seen.push(message)
  const channel = eventChannel('test', 'thing.happened')
  expect(channel.hasSubscribers).toBe(false)
  subscribe('holdfast.test.thing.happened', listener)
  expect(channel.hasSubscribers).toBe(true)
  channel.publish({ id: 'a' })
  unsubscribe('holdfast.test.thing.happened', listener)
  expect(channel.hasSubscribers).toBe(false)
  expect(seen).toEqual([{ id: 'a' }])
})

it.each([
  ['a browser', undefined],
  ['a bundle with a process of its own', {}],
  ['a runtime without that module', { getBuiltinModule: () => undefined }],
  ['a runtime with half of it', { getBuiltinModule: () => ({}) }],
])('hears nobody in %s', (_where, process) => {
  vi.stubGlobal('process', process)
  const channel = eventChannel('test', 'thing.happened')
  channel.publish({})
  expect(channel.hasSubscribers).toBe(false)
})
