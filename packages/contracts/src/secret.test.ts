import { format, inspect } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { HoldfastError } from './holdfast-error.ts'
import { Secret } from './secret.ts'

const planted = 'planted-value-7f3a'
const secret = new Secret(planted)
const holder = { secret, list: [secret], map: new Map([['key', secret]]) }
const failed = new Error('failed', { cause: holder })

const sendThrough = (value: unknown): unknown => {
  const { port1, port2 } = new MessageChannel()
  try {
    port1.postMessage(value)
    return receiveMessageOnPort(port2)?.message
  } finally {
    port1.close()
    port2.close()
  }
}

const sendToWorker = async (value: unknown): Promise<unknown> => {
  const code = `const { parentPort, workerData } = require('node:worker_threads')
    const { inspect } = require('node:util')
    parentPort.once('message', (message) => parentPort.postMessage(inspect([message, workerData], { showHidden: true })))`
  const worker = new Worker(code, { eval: true, workerData: value })
  try {
    return await new Promise((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
      worker.postMessage(value)
    })
  } finally {
    await worker.terminate()
  }
}

const printToConsole = (value: unknown): unknown => {
  const printed: string[] = []
  const write = vi.spyOn(console, 'log').mockImplementation((...values) => void printed.push(format(...values)))
  // biome-ignore lint/suspicious/noConsole: the console is what is tested
  console.log(value)
  write.mockRestore()
  return printed
}

const waysOut: Record<string, () => unknown> = {
  'String()': () => String(secret),
  'template string': () => `${secret}`,
  concatenation: () => `value: ${[secret]}`,
  'inspect, everything shown': () =>
    [secret, holder, failed].map((value) => inspect(value, { showHidden: true, depth: 10, getters: true })),
  'inspect without custom functions': () => inspect(holder, { showHidden: true, customInspect: false, depth: 10 }),
  '%o %O %s %d %i %f %j %c': () => format('%o %O %s %d %i %f %j %c', ...Array.from({ length: 8 }, () => secret)),
  'console.log': () => printToConsole(holder),
  'JSON.stringify': () => JSON.stringify(holder),
  'JSON.stringify of an error': () => JSON.stringify(failed, Object.getOwnPropertyNames(failed)),
  'JSON.stringify of a HoldfastError': () => {
    const error = new HoldfastError({
      code: 'INTERNAL',
      source: 'test',
      operation: 'test',
      message: `It failed with ${secret}.`,
      hint: 'None.',
      cause: failed,
    })
    return [JSON.stringify(error), inspect(error, { showHidden: true, depth: 10 })]
  },
  spread: () => ({ ...secret }),
  'Object.assign': () => Object.assign({}, secret),
  'own property descriptors': () => Object.getOwnPropertyDescriptors(secret),
  'own keys, entries, values': () => [Reflect.ownKeys(secret), Object.entries(secret), Object.values(secret)],
  'for in': () => {
    const keys: string[] = []
    for (const key in secret) keys.push(key)
    return keys
  },
  structuredClone: () => structuredClone(holder),
  'structuredClone of an error': () => structuredClone(failed),
  'MessageChannel.postMessage': () => sendThrough(holder),
  'Worker.postMessage and workerData': () => sendToWorker(holder),
  'v8.serialize': () => [serialize(holder).toString('latin1'), deserialize(serialize(holder))],
  'an error message': () => new Error(`${secret}`).stack,
}

it.each(Object.entries(waysOut))('leaks nothing through %s', async (_name, wayOut) => {
  const output = await wayOut()
  const seen = `${inspect(output, { showHidden: true, depth: 20 })} ${JSON.stringify(output)}`
  expect(seen).not.toContain(planted)
  expect(seen).not.toContain(planted.slice(0, 8))
})

it('prints [redacted]', () => {
  expect([String(secret), inspect(secret), JSON.stringify(secret), format('%o', secret)]).toEqual([
    '[redacted]',
    '[redacted]',
    '"[redacted]"',
    '[redacted]',
  ])
})

it('leaks nothing through the message and the diff of a failed expectation', () => {
  let thrown: unknown
  try {
    expect({ value: secret }).toEqual({ value: new Secret('other-value') })
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(Error)
  expect(inspect(thrown, { showHidden: true, depth: 20 })).not.toContain(planted)
})

it('gives the value back through reveal alone', () => {
  expect(secret.reveal()).toBe(planted)
  expect(new Secret({ user: 'u', nested: { list: [1, true, null] } }).reveal()).toEqual({
    user: 'u',
    nested: { list: [1, true, null] },
  })
})

it.each([
  ['an empty object', {}],
  ['a clone of a Secret', structuredClone(secret)],
  ['null', null],
  ['undefined', undefined],
  ['a number', 7],
  ['a Map', new Map([['a', 'b']])],
  ['a Date', { when: new Date(0) }],
  ['a Secret in data', { inner: secret }],
  ['a function in data', { inner: () => planted }],
  [
    'a class instance',
    new (class Thing {
      readonly field = planted
    })(),
  ],
])('refuses %s', (_name, value) => {
  // The values are what callers without types can pass.
  expect(() => new Secret(value as string)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', reason: 'VALUE_MALFORMED' }),
  )
})

it('refuses data that holds itself', () => {
  const data: Record<string, unknown> = { user: 'u' }
  data.self = data
  expect(() => new Secret(data)).toThrow(/nests deeper than 64 levels or holds itself/)
})

it('takes bytes and data of another realm, and keys named __proto__', () => {
  const data: unknown = JSON.parse('{"__proto__": {"a": 1}, "b": 2}')
  const held = new Secret(data as object).reveal() // JSON.parse of an object gives an object
  expect(Object.keys(held)).toEqual(['__proto__', 'b'])
  expect(Object.getPrototypeOf(held)).toBe(Object.prototype)
})

it('keeps copies of bytes and data, so that wiping one leaves the other alone', () => {
  const bytes = Buffer.from([1, 2, 3])
  const data = { password: 'p', list: [1], bytes }
  const heldBytes = new Secret(bytes)
  const heldData = new Secret(data)
  bytes.fill(0)
  data.list.push(2)
  heldBytes.reveal().fill(9)
  heldData.reveal().list.push(3)
  expect([...heldBytes.reveal()]).toEqual([1, 2, 3])
  expect(heldData.reveal()).toEqual({ password: 'p', list: [1], bytes: new Uint8Array([1, 2, 3]) })
  expect(Buffer.isBuffer(heldBytes.reveal())).toBe(false)
})

it('cannot be changed', () => {
  expect(Object.isFrozen(secret)).toBe(true)
  expect(() => Object.assign(secret, { extra: 1 })).toThrow(TypeError)
})

const secretValue = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.uint8Array(),
  fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
  fc.array(fc.jsonValue()),
)

/** Text that differs when the values do; through JSON first, which knows no negative zero. */
const written = (value: unknown): string =>
  inspect(value instanceof Uint8Array ? value : JSON.parse(JSON.stringify(value)), { sorted: true, depth: 99 })

it('equals exactly the Secrets that hold the same value', () => {
  fc.assert(
    fc.property(secretValue, secretValue, (a, b) => {
      expect(new Secret(a).equals(new Secret(structuredClone(a)))).toBe(true)
      expect(new Secret(a).equals(new Secret(b))).toBe(written(a) === written(b))
    }),
  )
})

it.each<[string, string | object, string | object]>([
  ['texts of one length', 'aaaa', 'aaab'],
  ['a prefix', 'aaaa', 'aaa'],
  ['lone surrogates', '\ud800', '\ud801'],
  ['text and its bytes', 'abc', new Uint8Array([97, 98, 99])],
  ['text and data', '[1]', [1]],
  ['bytes and their indexes', { value: new Uint8Array([7]) }, { value: { 0: 7 } }],
  ['a number and its text', { value: 1 }, { value: '1' }],
  ['an array and an object', ['a'], { 0: 'a' }],
])('tells apart %s', (_name, a, b) => {
  expect(new Secret(a).equals(new Secret(b))).toBe(false)
})

it('does not mind the order of keys', () => {
  expect(new Secret({ a: 1, b: { c: 2, d: 3 } }).equals(new Secret({ b: { d: 3, c: 2 }, a: 1 }))).toBe(true)
})

it('equals nothing that is not a Secret', () => {
  expect(secret.equals(planted)).toBe(false)
  expect(secret.equals({ reveal: () => planted })).toBe(false)
  expect(Secret.is(structuredClone(secret))).toBe(false)
  expect(Secret.is(secret)).toBe(true)
})
