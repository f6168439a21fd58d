import type { CredentialKind } from './credential-kind.ts'
import { defineKind } from './define-kind.ts'
import { type FieldRule, readFields } from './read-fields.ts'
import { lineProblem } from './text-rules.ts'

/** How to reach a database and as whom. */
export interface DatabaseCredential {
  /** `postgres`, `mysql`, `mongodb`, `redis`, …: the scheme of its URL. */
  readonly engine: string
  readonly host: string
  /** Absent: the engine's own default. */
  readonly port?: number
  readonly username?: string
  readonly password?: string
  readonly database?: string
  /** What follows the `?` of its URL, such as `sslmode=require`. */
  readonly parameters?: string
}

const hostPattern = /^(?:\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)(?:,[a-z0-9_.:-]+)*$/i

const rules: Readonly<Record<keyof DatabaseCredential, FieldRule>> = {
  engine: {
    type: 'string',
    check: (engine) =>
      /^[a-z][a-z0-9+.-]*$/.test(String(engine)) ? undefined : 'must be a URL scheme such as postgres',
  },
  host: {
    type: 'string',
    check: (host) =>
      hostPattern.test(String(host)) ? undefined : 'must be a host name or an IP address, without scheme and port',
  },
  port: {
    type: 'number',
    optional: true,
    check: (port) =>
      Number.isInteger(port) && Number(port) >= 1 && Number(port) <= 65_535 ? undefined : 'must be between 1 and 65535',
  },
  username: { type: 'string', optional: true, check: lineProblem },
  password: { type: 'string', optional: true, check: lineProblem },
  database: { type: 'string', optional: true, check: lineProblem },
  parameters: { type: 'string', optional: true, check: lineProblem },
}

/** A database account, given as its parts or as a connection URL (`postgres://user:password@host:5432/name?sslmode=require`), which is taken apart. */
export const database: CredentialKind<DatabaseCredential> = defineKind<DatabaseCredential>({
  name: 'database',
  read: (value) => {
    const parts = typeof value === 'string' ? fromUrl(value) : value
    if (parts === undefined)
      return { problems: ['must be an object or a URL such as postgres://user:password@host:5432/name'] }
    const { fields, problems } = readFields(parts, rules)
    // readFields has kept only the fields of DatabaseCredential, with the types the rules give them.
    return problems === undefined ? { value: fields as unknown as DatabaseCredential } : { problems }
  },
})

const fromUrl = (text: string): object | undefined => {
  const url = URL.parse(text.trim())
  if (url === null || url.hostname === '') return undefined
  try {
    return {
      engine: url.protocol.slice(0, -1).replace(/^postgresql$/, 'postgres'),
      host: url.hostname,
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
      ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
      ...(url.pathname.length <= 1 ? {} : { database: decodeURIComponent(url.pathname.slice(1)) }),
      ...(url.search.length <= 1 ? {} : { parameters: url.search.slice(1) }),
    }
  } catch {
    // A percent sign that encodes nothing: not a URL that could be taken apart without guessing.
    return undefined
  }
}
