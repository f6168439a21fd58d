import { abortable } from '@holdfast/contracts'
import { source } from './errors.ts'
import type { CredentialCall, KvCredentials } from './kv-credentials.ts'

/** How long the one who deletes may take between two requests before somebody else goes on in its place, in milliseconds. */
export const deletionPatienceMs = 2000

/** How long somebody who waits for that looks away, in milliseconds. */
const lookAgainMs = 50

/** Until it is time to look again. */
export const waitForDeletion = ({ clock }: KvCredentials, { signal, operation }: CredentialCall): Promise<void> => {
  let timer: { cancel(): void } | undefined
  const over = new Promise<void>((resolve) => {
    timer = clock.setTimer(resolve, lookAgainMs, { keepAlive: true })
  })
  return abortable(over, signal, { source, operation }).finally(() => timer?.cancel())
}
