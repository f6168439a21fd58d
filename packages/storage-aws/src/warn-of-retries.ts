import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Logger } from '@holdfast/contracts'

/** Says that a client repeats requests by itself: layers do that too, and the two multiply. */
export const warnOfRetries = (client: SecretsManagerClient, logger: Logger): void => {
  const warn = (attempts: number): void => {
    if (attempts <= 1) return
    logger.warn(
      { attempts },
      'the SecretsManagerClient retries by itself; make it with maxAttempts: 1 and leave that to a layer',
    )
  }
  // What stands in for a client may have no configuration. A failure of it will be told by the first request.
  Promise.resolve(client.config?.maxAttempts?.() ?? 1).then(warn, () => {})
}
