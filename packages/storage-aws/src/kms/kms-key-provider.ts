import { createHash } from 'node:crypto'
import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms'
import { abortable, HoldfastError, parseOptions, throwIfAborted } from '@holdfast/contracts'
import type { KeyProvider, KeyProviderOptions } from '@holdfast/contracts/credentials'
import { source } from '../errors.ts'
import { keyRejected, toKmsError } from './kms-errors.ts'
import { type KmsKeyProviderOptions, kmsKeyProviderOptionsSchema } from './kms-options.ts'

/** A key provider that holds a client. */
export interface KmsKeyProvider extends KeyProvider {
  /** Closes the connections of a client that the provider has made itself. */
  close(): void
  [Symbol.dispose](): void
}

/** The name under which the associated data is bound to what is wrapped, as a hash: it is readable in CloudTrail. */
const contextName = 'holdfast:associated-data'

/** A vault key has 32 bytes, which the contract says. */
const vaultKeyBytes = 32

/**
 * Unlocks a keyring with a key of AWS KMS: the vault key goes to KMS to be wrapped and unwrapped, and the KMS key never
 * leaves it. Only the key that is named here is used to unwrap, whatever a slot says. Errors: INVALID_ARGUMENT naming
 * every option that is wrong; of its methods UNAUTHENTICATED with KEY_REJECTED (another key, another context, altered
 * bytes), NOT_FOUND (no such key), PERMISSION_DENIED (no permission, a disabled key) and those of the way to AWS.
 */
export const createKmsKeyProvider = (options: KmsKeyProviderOptions): KmsKeyProvider => {
  const { keyId, label, encryptionContext, region, endpoint, ...parsed } = parseOptions(
    kmsKeyProviderOptionsSchema,
    options,
    source,
    'createKmsKeyProvider',
  )
  const client =
    parsed.client ??
    new KMSClient({
      maxAttempts: 1,
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint }),
    })
  const contextOf = (associatedData: Uint8Array): Record<string, string> => ({
    ...encryptionContext,
    [contextName]: createHash('sha256').update(associatedData).digest('base64url'),
  })
  const call = async <T>(
    operation: 'wrap' | 'unwrap',
    action: string,
    { signal }: KeyProviderOptions,
    work: () => Promise<T>,
  ): Promise<T> => {
    const site = { source, operation }
    throwIfAborted(signal, site)
    try {
      return await abortable(work(), signal, site)
    } catch (error) {
      throw HoldfastError.is(error) ? error : toKmsError(error, operation, action, keyId)
    }
  }
  const close = (): void => {
    if (parsed.client === undefined) client.destroy()
  }

  return {
    type: 'aws-kms',
    label: label ?? keyId,
    wrap: (key, options) =>
      call('wrap', 'kms:Encrypt', options, async () => {
        const answer = await client.send(
          new EncryptCommand({ KeyId: keyId, Plaintext: key, EncryptionContext: contextOf(options.associatedData) }),
          sendOptions(options),
        )
        if (answer.CiphertextBlob === undefined) throw new Error('KMS answered without a CiphertextBlob')
        return { parameters: { keyArn: answer.KeyId ?? keyId }, bytes: answer.CiphertextBlob }
      }),
    unwrap: ({ parameters, bytes }, options) =>
      call('unwrap', 'kms:Decrypt', options, async () => {
        const answer = await client.send(
          new DecryptCommand({
            KeyId: keyId,
            CiphertextBlob: bytes,
            EncryptionContext: contextOf(options.associatedData),
          }),
          sendOptions(options),
        )
        if (answer.KeyId !== parameters.keyArn) throw keyRejected(keyId, 'the slot was wrapped by another key')
        if (answer.Plaintext?.length !== vaultKeyBytes) throw keyRejected(keyId, 'what it opens is no vault key')
        return answer.Plaintext
      }),
    close,
    [Symbol.dispose]: close,
  }
}

const sendOptions = ({ signal }: KeyProviderOptions) => (signal === undefined ? {} : { abortSignal: signal })
