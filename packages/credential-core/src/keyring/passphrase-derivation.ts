import * as crypto from 'node:crypto'
import { HoldfastError } from '@holdfast/contracts'
import type { KeyParameters } from '@holdfast/contracts/credentials'

/** N of scrypt for new slots: 128 MiB with r = 8 (OWASP Password Storage Cheat Sheet). */
export const defaultScryptCost = 2 ** 17
/** Least N that is written or read: the interactive setting of the scrypt paper (2009). */
export const smallestScryptCost = 2 ** 14
/** Greatest N that is written or read: 512 MiB with r = 8, so that an edited slot cannot exhaust the machine. */
export const largestScryptCost = 2 ** 19

/** Parameters of argon2id for new slots, the second recommended option of RFC 9106 §4; memory in KiB. */
export const defaultArgon2idParameters = { memoryKib: 65_536, passes: 3, parallelism: 4 } as const

const derivedBytes = 32

interface ScryptParameters {
  readonly derivation: 'scrypt'
  readonly salt: Buffer
  readonly N: number
  readonly r: number
  readonly p: number
}

interface Argon2idParameters {
  readonly derivation: 'argon2id'
  readonly salt: Buffer
  readonly memoryKib: number
  readonly passes: number
  readonly parallelism: number
}

/** Reads the parameters of a slot, which come from storage, and refuses any that are out of bounds (DATA_LOSS, TAMPERED) before they cost time or memory. */
export const readPassphraseParameters = (parameters: KeyParameters): ScryptParameters | Argon2idParameters => {
  const { derivation, salt: saltText, N, r, p, memoryKib, passes, parallelism } = parameters
  const salt = typeof saltText === 'string' ? Buffer.from(saltText, 'base64url') : Buffer.alloc(0)
  if (salt.length < 16 || salt.length > 64) throw outOfBounds()
  if (derivation === 'scrypt' && isScryptCost(N) && r === 8 && isWithin(p, 1, 4)) {
    return { derivation, salt, N, r, p }
  }
  if (
    derivation === 'argon2id' &&
    isWithin(memoryKib, 19_456, 524_288) &&
    isWithin(passes, 1, 10) &&
    isWithin(parallelism, 1, 16)
  ) {
    return { derivation, salt, memoryKib, passes, parallelism }
  }
  throw outOfBounds()
}

/** Whether N is a power of two within the bounds. */
export const isScryptCost = (cost: unknown): cost is number =>
  isWithin(cost, smallestScryptCost, largestScryptCost) && Number.isInteger(Math.log2(cost))

const isWithin = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most

/** Runs scrypt off the main thread. */
export const deriveWithScrypt = (passphrase: Buffer, { salt, N, r, p }: ScryptParameters): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    // 128 × N × r bytes is what scrypt itself takes; node:crypto refuses more than maxmem, and wants room for p blocks.
    const maxmem = 128 * N * r + 128 * r * (p + 2)
    crypto.scrypt(passphrase, salt, derivedBytes, { N, r, p, maxmem }, (error, derived) =>
      error === null ? resolve(derived) : reject(error),
    )
  })

/** Whether this Node has argon2 (since 24.7). */
export const argon2idAvailable = (): boolean => typeof Reflect.get(crypto, 'argon2') === 'function'

/** Runs argon2id off the main thread; call it only when {@link argon2idAvailable} says so. */
export const deriveWithArgon2id = (
  message: Buffer,
  { salt, memoryKib, passes, parallelism }: Argon2idParameters,
): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const parameters = { message, nonce: salt, parallelism, tagLength: derivedBytes, memory: memoryKib, passes }
    crypto.argon2('argon2id', parameters, (error, derived) => (error === null ? resolve(derived) : reject(error)))
  })

const outOfBounds = (): HoldfastError =>
  new HoldfastError({
    code: 'DATA_LOSS',
    reason: 'TAMPERED',
    source: 'credential-core',
    operation: 'unlock',
    message: 'A passphrase slot of the keyring has derivation parameters that this library never writes.',
    hint: 'Restore the keyring (the record .holdfast/keyring) from its previous version or a backup.',
  })
