import { randomBytes } from 'node:crypto'
import type { TestServer } from '@holdfast/test-servers'

/** Asks a server as its root, outside of the driver: what a test arranges, and what it checks. */
export const ask = async (
  server: TestServer,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> => {
  const { VAULT_ADDR = '', VAULT_TOKEN = '' } = server.settings
  const answer = await fetch(`${VAULT_ADDR}/v1/${path}`, {
    method,
    headers: { 'X-Vault-Token': VAULT_TOKEN, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  // Vault answers with objects.
  return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> }
}

/** The same, and rejects unless it succeeds. */
export const arrange = async (
  server: TestServer,
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> => {
  const answer = await ask(server, method, path, body, headers)
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}

/** A name that nobody else has. */
export const uniqueName = (prefix: string): string => `${prefix}-${randomBytes(6).toString('hex')}`

/** A token with a policy of its own. */
export const createToken = async (
  server: TestServer,
  policy: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<string> => {
  const name = uniqueName('policy')
  await arrange(server, 'PUT', `sys/policies/acl/${name}`, { policy })
  const { auth } = await arrange(server, 'POST', 'auth/token/create', { policies: [name], ...options })
  return String(Reflect.get(Object(auth), 'client_token'))
}
