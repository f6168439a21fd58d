import type { SecretValue } from '@holdfast/contracts'
import type { CredentialKind } from './credential-kind.ts'
import { defineKind } from './define-kind.ts'

/** Any value, unchecked: text, bytes or plain data. The kind of credentials that are stored without one. */
export const opaque: CredentialKind<SecretValue> = defineKind<SecretValue>({
  name: 'opaque',
  read: (value) => ({ value }),
})
