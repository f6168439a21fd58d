import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { request as requestByTls } from 'node:https'
import { generate } from 'selfsigned'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../fake-clock.ts'
import { createSecretScanner } from '../secret-scanner.ts'
import { createHttpProxy, type HttpProxy, type HttpProxyOptions } from './create-http-proxy.ts'
import { seededHttpFaults } from './http-fault-plan.ts'

/** A server that counts what it is asked for and answers with what it was sent. */
let server: Server
let target: string
let seen: { method: string; path: string; headers: IncomingMessage['headers']; body: string }[]
let proxies: HttpProxy[]

beforeEach(async () => {
  seen = []
  proxies = []
  server = createServer((incoming, outgoing) => {
    let body = ''
    incoming.on('data', (bytes) => {
      body += bytes
    })
    incoming.on('end', () => {
      seen.push({ method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers, body })
      outgoing.writeHead(201, 'Made', { 'x-served-by': 'target', 'set-cookie': ['a=1', 'b=2'] })
      outgoing.write(body.slice(0, 4))
      outgoing.end(body.slice(4))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  target = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
})

afterEach(async () => {
  for (const proxy of proxies) await proxy.close()
  server.closeAllConnections()
  server.close()
})

const start = async (options: Partial<HttpProxyOptions> = {}): Promise<HttpProxy> => {
  const proxy = await createHttpProxy({ target, ...options })
  proxies.push(proxy)
  return proxy
}

/** A request by node:http on a connection of its own: its answer, or the code it failed with. */
const ask = (
  proxy: HttpProxy,
  body = '',
  { method = 'POST', path = '/v1/secret?x=1', headers = {}, signal }: AskOptions = {},
): Promise<{ status: number; text: string; headers: IncomingMessage['headers'] } | string> =>
  new Promise((resolve) => {
    const outward = request(`${proxy.url}${path}`, {
      method,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      agent: false,
      ...(signal === undefined ? {} : { signal }),
    })
    let text: string | undefined
    outward.on('error', (error: NodeJS.ErrnoException) =>
      resolve(text === undefined ? `${error.code}` : `${error.code} after ${text}`),
    )
    outward.on('response', (answer) => {
      text = ''
      answer.on('data', (bytes) => {
        text += bytes
      })
      // The request tells why.
      answer.on('error', () => {})
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: text ?? '', headers: answer.headers }))
    })
    outward.end(body)
  })

/** Key and certificate of 127.0.0.1, which is its own authority. */
const selfSigned = async (): Promise<{ readonly key: string; readonly cert: string }> => {
  const made = await generate([{ name: 'commonName', value: 'testkit' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  })
  return { key: made.private, cert: made.cert }
}

interface AskOptions {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

describe('createHttpProxy', () => {
  it('hands requests and answers on as they are, and remembers them', async () => {
    const scanner = createSecretScanner()
    const token = scanner.plant('token')
    const proxy = await start()
    const answer = await ask(proxy, 'hello world', { headers: { Host: 'vault.test', 'X-Vault-Token': token } })
    expect(answer).toMatchObject({
      status: 201,
      text: 'hello world',
      headers: { 'x-served-by': 'target', 'set-cookie': ['a=1', 'b=2'] },
    })
    expect(seen).toMatchObject([
      {
        method: 'POST',
        path: '/v1/secret?x=1',
        body: 'hello world',
        headers: { host: 'vault.test', 'x-vault-token': token },
      },
    ])
    await proxy.until(({ requests }) => requests[0]?.isOver === true)
    expect(proxy.requests).toMatchObject([
      {
        number: 1,
        method: 'POST',
        path: '/v1/secret?x=1',
        headers: { 'x-vault-token': token },
        body: Buffer.from('hello world'),
        fault: { kind: 'pass' },
        answer: { status: 201, headers: { 'x-served-by': 'target' }, body: Buffer.from('hello world') },
      },
    ])
    scanner.look('requests', proxy.requests)
    expect(scanner.leaks).toHaveLength(1)
  })

  it('puts the path of the target before every other', async () => {
    const proxy = await start({ target: `${target}/prefix/` })
    await ask(proxy, '', { path: '/v1' })
    expect(seen[0]?.path).toBe('/prefix/v1')
  })

  it('answers itself by script, and lets the rest pass', async () => {
    const proxy = await start()
    proxy.script([
      { kind: 'answer', status: 429, headers: { 'retry-after': '2' }, body: { errors: ['slow down'] } },
      { kind: 'answer', status: 503 },
      { kind: 'answer', status: 403, body: 'no' },
    ])
    const answers = [await ask(proxy, 'a'), await ask(proxy, 'b'), await ask(proxy, 'c'), await ask(proxy, 'd')]
    expect(answers).toMatchObject([
      {
        status: 429,
        text: '{"errors":["slow down"]}',
        headers: { 'retry-after': '2', 'content-type': 'application/json' },
      },
      { status: 503, text: '' },
      { status: 403, text: 'no' },
      { status: 201 },
    ])
    expect(seen.map(({ body }) => body)).toEqual(['d'])
  })

  it('scripts only the requests that fit', async () => {
    const proxy = await start()
    proxy.script([{ kind: 'answer', status: 503 }], ({ headers }) => headers['x-amz-target'] === 'PutSecretValue')
    const statusOf = async (operation: string): Promise<unknown> =>
      Object(await ask(proxy, '', { headers: { 'x-amz-target': operation } })).status
    const statuses: unknown[] = []
    for (const operation of ['GetSecretValue', 'PutSecretValue', 'PutSecretValue']) {
      statuses.push(await statusOf(operation))
    }
    expect(statuses).toEqual([201, 503, 201])
  })

  it('loses the answer of a request that had its effect, or answers something else', async () => {
    const proxy = await start()
    proxy.script([{ kind: 'lost-answer' }, { kind: 'lost-answer', answer: { status: 504 } }])
    expect([await ask(proxy, 'one'), await ask(proxy, 'two')]).toMatchObject(['ECONNRESET', { status: 504, text: '' }])
    expect(seen.map(({ body }) => body)).toEqual(['one', 'two'])
    expect(proxy.requests[0]?.answer?.body.toString()).toBe('one')
  })

  it('resets before the target hears anything', async () => {
    const proxy = await start()
    proxy.setFault({ kind: 'reset' })
    expect([await ask(proxy, 'x'), seen]).toEqual(['ECONNRESET', []])
  })

  it('hangs until the client gives up', async () => {
    const proxy = await start()
    proxy.setFault({ kind: 'hang' })
    const controller = new AbortController()
    const hanging = ask(proxy, 'x', { signal: controller.signal })
    await proxy.until(({ count }) => count === 1)
    controller.abort()
    expect(await hanging).toBe('ABORT_ERR')
    await proxy.until(({ requests }) => requests[0]?.isOver === true)
    expect(seen).toEqual([])
  })

  it('is late, and leaves no timer when the client goes first', async () => {
    const clock = createFakeClock()
    const proxy = await start({ clock })
    proxy.setFault({ kind: 'late', delayMs: 500 })
    const late = ask(proxy, 'x')
    await proxy.until(({ count }) => count === 1)
    expect(seen).toEqual([])
    clock.advance(500)
    expect(await late).toMatchObject({ status: 201, text: 'x' })
    const controller = new AbortController()
    const given = ask(proxy, 'y', { signal: controller.signal })
    await proxy.until(({ count }) => count === 2)
    controller.abort()
    await given
    await proxy.until(({ requests }) => requests[1]?.isOver === true)
    expect([clock.pendingTimers, seen.length]).toEqual([0, 1])
  })

  it('cuts an answer off at a byte', async () => {
    const proxy = await start()
    proxy.script([
      { kind: 'cut', afterBytes: 6 },
      { kind: 'cut', afterBytes: 0 },
      { kind: 'cut', afterBytes: 60 },
    ])
    expect(await ask(proxy, 'abcdefgh')).toBe('ECONNRESET after abcdef')
    expect(await ask(proxy, 'abcdefgh')).toBe('ECONNRESET after ')
    expect(await ask(proxy, 'abcdefgh')).toMatchObject({ status: 201, text: 'abcdefgh' })
  })

  it('gives up a request with its client', async () => {
    const proxy = await start()
    server.removeAllListeners('request')
    const gone = Promise.withResolvers<void>()
    server.on('request', (incoming) => incoming.socket.on('close', gone.resolve))
    const controller = new AbortController()
    const asked = ask(proxy, 'x', { signal: controller.signal })
    await once(server, 'request')
    controller.abort()
    await asked
    await gone.promise
  })

  it('is reset when nothing listens at the target', async () => {
    server.close()
    await once(server, 'close')
    expect(await ask(await start())).toBe('ECONNRESET')
  })

  it('streams: what the target says first arrives before it has ended', async () => {
    const proxy = await start()
    server.removeAllListeners('request')
    const end = Promise.withResolvers<void>()
    server.on('request', (_, outgoing) => {
      outgoing.write('first')
      end.promise.then(() => outgoing.end('last'))
    })
    const answer = await fetch(proxy.url)
    const reader = answer.body?.getReader()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('first')
    end.resolve()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('last')
  })

  it('speaks TLS on both sides, is not trusted without its authority, and resets under it', async () => {
    const own = await selfSigned()
    const real = await start({ tls: own })
    const proxy = await start({ tls: own, target: real.url, ca: own.cert })
    const askByTls = (ca?: string): Promise<unknown> =>
      new Promise((resolve) => {
        const outward = requestByTls(proxy.url, { agent: false, ...(ca === undefined ? {} : { ca }) })
        outward.on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
        outward.on('response', (answer) => resolve(answer.statusCode))
        outward.end()
      })
    expect([await askByTls(own.cert), await askByTls()]).toEqual([201, 'DEPTH_ZERO_SELF_SIGNED_CERT'])
    proxy.setFault({ kind: 'reset' })
    expect(await askByTls(own.cert)).toBe('ECONNRESET')
    expect([proxy.count, seen.length]).toEqual([2, 1])
    // A target whose certificate is not trusted is as one that is not there.
    expect(await ask(await start({ target: real.url }))).toBe('ECONNRESET')
  })

  it('fails by chance, the same for the same seed', () => {
    const failing = (seed: number) => {
      const plan = seededHttpFaults({ seed, rate: 0.05, fault: { kind: 'reset' } })
      const numbers = Array.from({ length: 4000 }, (_, index) => index + 1)
      return numbers.filter((number) => plan({ number, method: 'GET', path: '/', headers: {} }) !== undefined)
    }
    // 4000 at 0.05 give 200 with a standard deviation of 14: six of them to either side.
    expect(Math.abs(failing(1).length - 200)).toBeLessThan(84)
    expect(failing(1)).toEqual(failing(1))
    expect(failing(1)).not.toEqual(failing(2))
  })

  it('remembers as much as it was told', async () => {
    const proxy = await start({ keepRequests: 2, keepBodyBytes: 3 })
    for (const body of ['abcdef', 'bcdefg', 'cdefgh']) await ask(proxy, body)
    expect(proxy.count).toBe(3)
    expect(proxy.requests.map(({ number, body, answer }) => [number, `${body}`, `${answer?.body}`])).toEqual([
      [2, 'bcd', 'bcd'],
      [3, 'cde', 'cde'],
    ])
  })

  it('closes once, resets what is open, and can no longer be told anything', async () => {
    const proxy = await start()
    proxy.setFault({ kind: 'hang' })
    const hanging = ask(proxy, 'x')
    await proxy.until(({ count }) => count === 1)
    const closing = proxy.close()
    expect(proxy.close()).toBe(closing)
    await closing
    expect(await hanging).toBe('ECONNRESET')
    expect(() => proxy.setFault({ kind: 'pass' })).toThrow('closed')
  })

  it('refuses options with every problem at once', async () => {
    const wrong = { target: 'vault:8200', keepRequests: -1, keepBodyBytes: 0.5 }
    await expect(createHttpProxy(wrong)).rejects.toThrow(/target.*keepRequests.*keepBodyBytes/)
    const proxy = await start()
    expect(() => proxy.setFault({ kind: 'late', delayMs: Number.POSITIVE_INFINITY })).toThrow('delayMs')
    expect(() =>
      proxy.script([
        { kind: 'answer', status: 100 },
        { kind: 'lost-answer', answer: { status: 700 } },
        { kind: 'cut', afterBytes: -1 },
      ]),
    ).toThrow(/faults\.0\.status.*faults\.1\.answer\.status.*faults\.2\.afterBytes/)
  })
})
