import type { CredentialKind } from './credential-kind.ts'
import { defineKind } from './define-kind.ts'
import { tokenProblem } from './text-rules.ts'

/** A key as text: visible ASCII without spaces. */
export const apiKey: CredentialKind<string> = defineKind<string>({
  name: 'api-key',
  read: (value) => {
    if (typeof value !== 'string') return { problems: ['must be text'] }
    const problem = tokenProblem(value)
    return problem === undefined ? { value } : { problems: [`the key ${problem}`] }
  },
})
