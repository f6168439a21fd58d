import { createHash, timingSafeEqual } from 'node:crypto'
import { HoldfastError, parseOptions } from '@holdfast/contracts'
import type { KeyProvider, KeyProviderOptions } from '@holdfast/contracts/credentials'
import { source, toHoldfastError } from '../errors.ts'
import { createVaultClient, type VaultClient } from '../vault-client.ts'
import { isRefusal } from '../vault-refusal.ts'
import { completed, vaultConnectionOptionsFromEnvironment } from '../vault-storage-options-from-environment.ts'
import { type TransitKeyProviderOptions, transitKeyProviderOptionsSchema } from './transit-options.ts'

/** A vault key has 32 bytes, and so has the hash that is wrapped with it. */
const keyBytes = 32

/**
 * Makes a key provider that locks vault keys with a key of the transit engine, which never leaves the server. What must be
 * authenticated is wrapped together with the key, by its hash, so that keys of every type will do. Each call connects, logs
 * in if it has to, and leaves nothing behind. Errors: INVALID_ARGUMENT with every problem of the options.
 */
export const createTransitKeyProvider = (options: TransitKeyProviderOptions): KeyProvider => {
  const given = completed(vaultConnectionOptionsFromEnvironment, options)
  const parsed = parseOptions(transitKeyProviderOptionsSchema, given, source, 'createTransitKeyProvider')
  const { key, mount, renewal: _, ...connection } = parsed
  const place = `${mount}/${key}`

  const ask = async (
    operation: 'wrap' | 'unwrap',
    path: string,
    body: object,
    { signal }: KeyProviderOptions,
  ): Promise<unknown> => {
    const client: VaultClient = createVaultClient(connection)
    const call = { operation, id: place, path, capabilities: ['update'], signal }
    try {
      const answer = await client.call({ ...call, method: 'POST', body: JSON.stringify(body) })
      return Reflect.get(Object(answer.body), 'data')
    } catch (error) {
      throw isRefusal(error, 400) ? refusedBy(error, operation, place) : toHoldfastError(error, call)
    } finally {
      await client.close(signal ?? new AbortController().signal)
    }
  }

  return {
    type: 'vault-transit',
    label: place,
    async wrap(vaultKey, wrapOptions) {
      const plain = Buffer.concat([vaultKey, hashOf(wrapOptions.associatedData)])
      try {
        const body = { plaintext: plain.toString('base64') }
        const data = await ask('wrap', `${mount}/encrypt/${key}`, body, wrapOptions)
        const ciphertext: unknown = Reflect.get(Object(data), 'ciphertext')
        if (typeof ciphertext !== 'string') throw noTransit('wrap', place)
        return { parameters: { mount, key }, bytes: new TextEncoder().encode(ciphertext) }
      } finally {
        plain.fill(0)
      }
    },
    async unwrap({ bytes }, unwrapOptions) {
      const ciphertext = new TextDecoder().decode(bytes)
      if (!/^vault:v\d{1,9}:[A-Za-z0-9+/]+={0,2}$/.test(ciphertext))
        throw rejected(place, 'it is no ciphertext of Vault')
      const data = await ask('unwrap', `${mount}/decrypt/${key}`, { ciphertext }, unwrapOptions)
      const text: unknown = Reflect.get(Object(data), 'plaintext')
      if (typeof text !== 'string') throw noTransit('unwrap', place)
      const plain = Buffer.from(text, 'base64')
      try {
        const isWhole = plain.length === 2 * keyBytes
        if (!isWhole || !timingSafeEqual(plain.subarray(keyBytes), hashOf(unwrapOptions.associatedData))) {
          throw rejected(place, 'it was wrapped for another place')
        }
        return new Uint8Array(plain.subarray(0, keyBytes))
      } finally {
        plain.fill(0)
      }
    },
  }
}

const hashOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

/** The engine says 400 of what it cannot open, and of a key it does not have. */
const refusedBy = (error: Error, operation: 'wrap' | 'unwrap', place: string): HoldfastError => {
  if (operation === 'unwrap') return rejected(place, 'the key does not open it', error)
  const isMissing = error.message.includes('encryption key not found')
  return new HoldfastError({
    code: isMissing ? 'NOT_FOUND' : 'INVALID_ARGUMENT',
    source,
    operation,
    message: `wrap with the transit key ${place} failed: ${isMissing ? 'there is no such key' : 'the engine takes the request for wrong'}.`,
    hint: isMissing
      ? `Create it with: vault write -f ${place.replace(/\/([^/]+)$/, '/keys/$1')}`
      : 'Use a key that encrypts and is not derived; the cause says what the engine objects to.',
    cause: error,
  })
}

const rejected = (place: string, problem: string, cause?: unknown): HoldfastError =>
  new HoldfastError({
    code: 'UNAUTHENTICATED',
    reason: 'KEY_REJECTED',
    source,
    operation: 'unwrap',
    message: `unwrap with the transit key ${place} failed: ${problem}.`,
    hint: 'Use the key it was wrapped with; the slot says which. A key version that was trimmed away opens nothing any more.',
    ...(cause === undefined ? {} : { cause }),
  })

const noTransit = (operation: string, place: string): HoldfastError =>
  new HoldfastError({
    code: 'UNSUPPORTED',
    source,
    operation,
    message: `${operation} with the transit key ${place} failed: what is mounted there is no transit engine.`,
    hint: 'Check mount; an engine is enabled with: vault secrets enable transit',
  })
