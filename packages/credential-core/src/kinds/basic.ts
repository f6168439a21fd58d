import type { CredentialKind } from './credential-kind.ts'
import { defineKind } from './define-kind.ts'
import { readFields } from './read-fields.ts'
import { lineProblem } from './text-rules.ts'

/** A user name and password. */
export interface BasicCredential {
  readonly username: string
  readonly password: string
}

/** User name and password as HTTP Basic takes them (RFC 7617: no colon in the name, no control characters). */
export const basic: CredentialKind<BasicCredential> = defineKind<BasicCredential>({
  name: 'basic',
  read: (value) => {
    const { fields, problems } = readFields(value, {
      username: {
        type: 'string',
        check: (name) => lineProblem(name) ?? (String(name).includes(':') ? 'contains a colon' : undefined),
      },
      password: { type: 'string', check: lineProblem },
    })
    if (problems !== undefined) return { problems }
    return { value: { username: String(fields.username), password: String(fields.password) } }
  },
})
