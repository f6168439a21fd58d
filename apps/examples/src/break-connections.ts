// What does my program do when the network breaks, or the other side has had enough?
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'

const server = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1')
await once(server, 'listening')
const address = server.address()
assert(typeof address === 'object' && address !== null)
const serviceUrl = `http://127.0.0.1:${address.port}`

// #region connections
import { standard } from '@holdfast/resilience'
import { createTcpProxy } from '@holdfast/testkit'

const proxy = await createTcpProxy({ target: serviceUrl })
const url = proxy.through(serviceUrl)
const policy = standard({ timeoutMs: 1000, retry: { baseDelayMs: 10 }, isRetryable: () => true })
const ask = () => policy.execute(async ({ signal }) => (await fetch(url, { signal })).text())

await proxy.script([{ kind: 'reset' }, { kind: 'cut', afterBytes: 20 }]) // the next two connections; all others pass
assert.equal(await ask(), 'hello')
assert.equal(proxy.accepted, 3)

await proxy.setFault({ kind: 'stall' }) // every connection, from now on
await assert.rejects(ask(), { code: 'TIMEOUT' })

// #endregion connections

// #region requests
import { createHttpProxy } from '@holdfast/testkit'

const service = await createHttpProxy({ target: serviceUrl })
service.script([
  { kind: 'answer', status: 429, headers: { 'retry-after': '2' } }, // instead of the server
  { kind: 'lost-answer' }, // the server has done it, and nobody hears
])
const first = await fetch(service.url, { headers: { authorization: 'Bearer example' } })
assert.deepEqual([first.status, first.headers.get('retry-after')], [429, '2'])
await assert.rejects(fetch(service.url))
assert.equal(service.requests[1]?.answer?.status, 200)
assert.equal(service.requests[0]?.headers.authorization, 'Bearer example')
// #endregion requests

console.log(`${proxy.accepted} connections and ${service.count} requests, broken in five ways`)
await proxy.close()
await service.close()
server.close()
server.closeAllConnections()
