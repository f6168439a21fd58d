import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type LogFields, silentLogger } from '@holdfast/contracts'
import { afterEach, expect, it } from 'vitest'
import { createHttpHandler, type HttpHandler } from './http-handler.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** Asks the node side over a real connection of this machine. */
const askNode = async (handler: HttpHandler, init: RequestInit = {}): Promise<Response> => {
  const server = createServer(handler.node)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  // It listens on a port of TCP.
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, init)
}
const askFetch = (handler: HttpHandler, init: RequestInit = {}): Promise<Response> =>
  handler.fetch(new Request('http://example.test/', init))

const greeting = createHttpHandler({
  name: 'greeting',
  logger: silentLogger,
  answer: async ({ header }) => ({
    status: 200,
    headers: { 'content-type': 'text/plain' },
    body: `hällo ${header('x-name') ?? 'nobody'}`,
  }),
})

it.each([
  ['node', askNode],
  ['fetch', askFetch],
] as const)('answers GET and HEAD, and nothing else, by %s', async (_, ask) => {
  const got = await ask(greeting, { headers: { 'x-name': 'you' } })
  expect([got.status, await got.text()]).toEqual([200, 'hällo you'])
  expect(got.headers.get('x-content-type-options')).toBe('nosniff')
  expect(got.headers.get('cache-control')).toBe('no-store')

  const head = await ask(greeting, { method: 'HEAD' })
  expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([200, 'text/plain', ''])

  const post = await ask(greeting, { method: 'POST', body: 'x' })
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
})

it.each([
  ['node', askNode],
  ['fetch', askFetch],
] as const)('says of a page that failed only that, by %s', async (_, ask) => {
  const lines: LogFields[] = []
  const broken = createHttpHandler({
    name: 'broken',
    logger: { ...silentLogger, error: (fields) => lines.push(fields) },
    answer: () => Promise.reject(new TypeError('planted-page-secret')),
  })
  const got = await ask(broken)
  expect(got.status).toBe(500)
  expect(await got.text()).not.toContain('planted')
  expect(lines).toEqual([{ page: 'broken', error: 'TypeError' }])
})
