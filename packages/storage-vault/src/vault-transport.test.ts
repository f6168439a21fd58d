import { Secret } from '@holdfast/contracts'
import { expect, it } from 'vitest'
import type { HttpRequest } from './http-client.ts'
import { isRefusal } from './vault-refusal.ts'
import { createVaultTransport, type VaultRequest } from './vault-transport.ts'

const token = new Secret('planted-token')
const asking: VaultRequest = { method: 'GET', path: 'secret/data/a', signals: [], token }

const setUp = (status: number, body: string, namespace?: string) => {
  const sent: HttpRequest[] = []
  const http = {
    send: async (request: HttpRequest) => {
      sent.push(request)
      return { status, headers: {}, body }
    },
    close() {},
  }
  return { sent, transport: createVaultTransport(http, namespace, () => 0) }
}

it('sends the token and the namespace in headers, and the root namespace neither', async () => {
  const { sent, transport } = setUp(200, '{}', 'team')
  await transport.ask(asking)
  await transport.ask({ ...asking, path: 'sys/health', token: undefined, isRooted: true })
  expect(sent.map(({ path, headers }) => [path, headers['X-Vault-Token'], headers['X-Vault-Namespace']])).toEqual([
    ['/v1/secret/data/a', 'planted-token', 'team'],
    ['/v1/sys/health', undefined, undefined],
  ])
  // Vault can be told to refuse what comes without, so that nobody is made to send a request by a link.
  expect(sent.every(({ headers }) => headers['X-Vault-Request'] === 'true')).toBe(true)
})

it.each<readonly [number, string, unknown]>([
  [200, '{"data":{"a":1}}', { data: { a: 1 } }],
  [204, '', undefined],
  [200, '<html>', undefined],
  [404, '{"errors":[]}', { errors: [] }],
  [404, '{"data":{"metadata":{}}}', { data: { metadata: {} } }],
])('an answer of %i with %s is an answer', async (status, body, content) => {
  expect(await setUp(status, body).transport.ask(asking)).toEqual({ status, headers: {}, body: content })
})

it.each<readonly [number, string, string]>([
  [403, '{"errors":["permission denied"]}', 'permission denied'],
  [404, '{"errors":["no handler for route"]}', 'no handler for route'],
  [404, '<html>Not Found</html>', 'the answer is not one of Vault'],
  [404, '', 'the answer is not one of Vault'],
  [503, '[]', 'the answer is not one of Vault'],
  [307, '', 'the answer is not one of Vault'],
  [500, '{"errors":["1","2","3","4","5","6"]}', '1; 2; 3; 4; 5'],
])('an answer of %i with %s is a refusal', async (status, body, message) => {
  const error = await setUp(status, body)
    .transport.ask(asking)
    .catch((thrown) => thrown)
  expect([isRefusal(error, status), error.message]).toEqual([true, message])
})

it('does not repeat a token that the server quotes', async () => {
  const body = '{"errors":["bad token planted-token","password=planted-password"]}'
  const error = await setUp(400, body)
    .transport.ask(asking)
    .catch((thrown) => thrown)
  expect(error.message).toBe('bad token [redacted]; password=[redacted]')
})
