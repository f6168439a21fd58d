import { createServer } from 'node:http'
import { createSecretScanner } from '@holdfast/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createHealth } from './create-health.ts'
import { healthEndpoints } from './health-endpoints.ts'

const ask = async (endpoints: ReturnType<typeof healthEndpoints>, path: string, method = 'GET') => {
  const response = await endpoints.fetch(new Request(`http://service${path}`, { method }))
  const text = await response.text()
  const body: unknown = text.startsWith('{') ? JSON.parse(text) : text
  return { status: response.status, body, headers: response.headers }
}

describe('the endpoints', () => {
  it('answer 200 with what is known of each check', async () => {
    const health = createHealth({ checks: { db: async () => ({ status: 'up', details: { open: 3 } }) } })
    const { status, body, headers } = await ask(healthEndpoints(health), '/readyz?verbose')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body).toEqual({
      status: 'up',
      checks: { db: { status: 'up', critical: true, latencyMs: expect.any(Number), checkedAt: expect.any(String) } },
    })
  })

  it('answer 503 with the reason, and no secret of it', async () => {
    const scanner = createSecretScanner()
    const secret = scanner.plant('password')
    const health = createHealth({
      checks: {
        db: async () => ({ status: 'down', reason: `postgres://app:${secret}@db is gone`, details: { secret } }),
      },
    })
    const endpoints = healthEndpoints(health)
    for (const path of ['/readyz', '/startupz']) {
      const { status, body } = await ask(endpoints, path)
      expect(status).toBe(503)
      expect(body).toMatchObject({ status: 'down', reason: 'db is down: postgres://[redacted]@db is gone' })
      scanner.look(path, body)
    }
    scanner.assertNone()
  })

  it('live asks nothing, whatever hangs or is switched off', async () => {
    const health = createHealth({ checks: { db: () => new Promise<undefined>(() => {}) } })
    health.setReady(false, 'shutting down')
    const endpoints = healthEndpoints(health)
    expect(await ask(endpoints, '/healthz')).toMatchObject({ status: 200, body: { status: 'up' } })
    expect(await ask(endpoints, '/readyz')).toMatchObject({
      status: 503,
      body: { status: 'down', reason: 'shutting down' },
    })
    expect(health.history('db')).toEqual([])
  })

  it('say no more than the status where that is asked for', async () => {
    const health = createHealth({ checks: { db: async () => ({ status: 'degraded', reason: 'slow' }) } })
    const endpoints = healthEndpoints(health, { show: 'status' })
    expect(await ask(endpoints, '/readyz')).toMatchObject({ status: 200, body: { status: 'degraded' } })
    expect((await ask(endpoints, '/readyz')).body).toEqual({ status: 'degraded' })
    expect((await ask(endpoints, '/startupz')).body).toEqual({ status: 'up' })
  })

  it('stand where they are told, answer HEAD without a body, and refuse what would change something', async () => {
    const endpoints = healthEndpoints(createHealth(), {
      paths: { live: '/internal/live', ready: '/internal/ready', startup: '/internal/startup' },
    })
    expect((await ask(endpoints, '/internal/live')).status).toBe(200)
    expect((await ask(endpoints, '/healthz')).status).toBe(404)
    expect(await ask(endpoints, '/internal/ready', 'HEAD')).toMatchObject({ status: 200, body: '' })
    expect((await ask(endpoints, '/internal/ready', 'POST')).status).toBe(405)
  })

  it('refuse options with every problem', () => {
    // Options as a caller without types may give them.
    const options = { paths: { live: 'healthz', ready: '/same', startup: '/same' }, show: 'all' } as never
    expect(() => healthEndpoints(createHealth(), options)).toThrow(/paths\.live.*paths.*show/s)
  })
})

describe('in a server of Node', () => {
  it('serve their paths and hand everything else on', async () => {
    const health = createHealth({ checks: { db: async () => undefined } })
    const endpoints = healthEndpoints(health)
    const server = createServer((request, response) =>
      request.url === '/gone'
        ? endpoints.node(request, response)
        : endpoints.node(request, response, () => response.end('app')),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => new Promise((resolve) => server.close(() => resolve())))
    const address = server.address()
    const base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    const get = async (path: string) => {
      const response = await fetch(base + path)
      return [response.status, (await response.text()).slice(0, 15)]
    }
    expect(await get('/healthz?a=1')).toEqual([200, '{"status":"up"}'])
    expect(await get('/readyz')).toEqual([200, '{"status":"up",'])
    expect(await get('/startupz')).toEqual([200, '{"status":"up"}'])
    expect(await get('/orders')).toEqual([200, 'app'])
    expect(await get('/gone')).toEqual([404, ''])
    health.setReady(false)
    expect((await get('/readyz'))[0]).toBe(503)
  })
})
