import { createEventHub, HoldfastError, Secret, throwIfAborted } from '@holdfast/contracts'
import type { CredentialSource, SourceChange } from '@holdfast/contracts/credentials'

/** A source with every method, and its value in a variable. */
export interface VariableSource {
  readonly source: Required<CredentialSource>
  replace(): Promise<void>
  remove(): Promise<void>
  readonly secrets: readonly string[]
}

/** The least code that keeps the contract of credential sources: a variable. */
export const createVariableSource = (): VariableSource => {
  const events = createEventHub<{ readonly 'value.changed': SourceChange }>()
  let number = 1
  let isThere = true
  const changed = (): void => events.emit('value.changed', () => (isThere ? { version: String(number) } : {}))
  return {
    secrets: ['planted-value'],
    async replace() {
      number += 1
      changed()
    },
    async remove() {
      isThere = false
      changed()
    },
    source: {
      async retrieve({ signal } = {}) {
        throwIfAborted(signal, { source: 'variable-source', operation: 'retrieve' })
        if (!isThere) throw notFound()
        const expiresAt = '2030-01-01T00:00:00.000Z'
        return { value: new Secret(`planted-value ${number}`), version: String(number), expiresAt }
      },
      async *watch({ signal } = {}) {
        for await (const event of events.events('value.changed', { signal })) {
          if (!('dropped' in event)) yield event
        }
      },
    },
  }
}

const notFound = (): HoldfastError =>
  new HoldfastError({
    code: 'NOT_FOUND',
    source: 'variable-source',
    operation: 'retrieve',
    message: 'The credential is gone.',
    hint: 'Put it back.',
  })
