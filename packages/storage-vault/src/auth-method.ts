import { readFile } from 'node:fs/promises'
import { HoldfastError, Secret } from '@holdfast/contracts'
import type { z } from 'zod'
import { source } from './errors.ts'
import type { vaultAuthSchema } from './options.ts'

/** What is sent to `auth/<mount>/login`. */
export interface Login {
  readonly mount: string
  readonly body: string
}

/** Where tokens come from. */
export interface AuthMethod {
  readonly name: 'token' | 'token-file' | 'approle' | 'kubernetes'
  /** Whether a token that was refused can be replaced. */
  readonly canReplace: boolean
  /** The token itself, or what to log in with. */
  acquire(): Promise<Secret | Login>
}

/** Makes the {@link AuthMethod} of checked options. */
export const createAuthMethod = (options: z.output<typeof vaultAuthSchema>): AuthMethod => {
  switch (options.method) {
    case 'token': {
      const token = secretOf(options.token)
      return { name: 'token', canReplace: false, acquire: async () => token }
    }
    case 'token-file':
      return { name: 'token-file', canReplace: true, acquire: () => readSecret(options.tokenFile, 'auth.tokenFile') }
    case 'approle': {
      const { roleId, secretId, secretIdFile, mount } = options
      const given = secretId === undefined ? undefined : secretOf(secretId)
      return {
        name: 'approle',
        canReplace: true,
        async acquire() {
          const read = secretIdFile === undefined ? given : await readSecret(secretIdFile, 'auth.secretIdFile')
          // The log-in is what the secret id is for.
          return { mount, body: JSON.stringify({ role_id: roleId, ...(read && { secret_id: read.reveal() }) }) }
        },
      }
    }
    case 'kubernetes':
      return {
        name: 'kubernetes',
        canReplace: true,
        async acquire() {
          const jwt = await readSecret(options.tokenFile, 'auth.tokenFile')
          // The same.
          return { mount: options.mount, body: JSON.stringify({ role: options.role, jwt: jwt.reveal() }) }
        },
      }
  }
}

const secretOf = (value: string | Secret): Secret => (Secret.is(value) ? value : new Secret(value))

/** The content of a file without the line end that editors put there. */
const readSecret = async (path: string, option: string): Promise<Secret> => {
  const fail = (problem: string, cause?: unknown): HoldfastError =>
    new HoldfastError({
      code: 'UNAUTHENTICATED',
      source,
      operation: 'login',
      message: `The file of ${option}, ${JSON.stringify(path)}, ${problem}.`,
      hint: 'Check that it is mounted, and that this process may read it.',
      cause,
    })
  let text: string
  try {
    text = (await readFile(path, 'utf8')).trim()
  } catch (error) {
    throw fail('cannot be read', error)
  }
  if (!/^[\x21-\x7e]{1,8192}$/.test(text)) throw fail('does not hold a token or a secret id')
  return new Secret(text)
}
