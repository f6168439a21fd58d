import type { Clock, Logger, UlidGenerator } from '@holdfast/contracts'
import type { ParsedAwsStorageOptions } from './options.ts'
import type { SecretsApi } from './secrets-api.ts'

/** What the parts of this driver work with. */
export interface SecretStore
  extends Pick<ParsedAwsStorageOptions, 'prefix' | 'kmsKeyId' | 'defaultTags' | 'recoveryWindowDays'> {
  readonly api: SecretsApi
  readonly clock: Clock
  readonly logger: Logger
  readonly nextUlid: UlidGenerator
}

/** The version that readers are given; AWS moves it to each new value, and we move it on a condition. */
export const currentStage = 'AWSCURRENT'

/** What AWS calls the version that was current before. */
export const previousStage = 'AWSPREVIOUS'

/**
 * What keeps a version that is not current yet. There is one such label for all writers: taking it from whoever crashed
 * with it cleans up after him, and a secret has 20 labels in all.
 */
export const pendingStage = 'holdfast-pending'
