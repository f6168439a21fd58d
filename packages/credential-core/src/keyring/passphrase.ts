import { randomBytes } from 'node:crypto'
import { createProblems, HoldfastError, Secret } from '@holdfast/contracts'
import type { KeyParameters, KeyProvider } from '@holdfast/contracts/credentials'
import { keyRejected } from './key-rejected.ts'
import {
  argon2idAvailable,
  defaultArgon2idParameters,
  defaultScryptCost,
  deriveWithArgon2id,
  deriveWithScrypt,
  isScryptCost,
  largestScryptCost,
  readPassphraseParameters,
  smallestScryptCost,
} from './passphrase-derivation.ts'
import { unwrapWithKey, wrapWithKey } from './wrap-with-key.ts'

/** A passphrase, or a function that asks for it when it is needed (and is asked only then). */
export type PassphraseSource = string | Secret<string> | (() => Promise<string | Secret<string>>)

/** Options of {@link passphrase}. */
export interface PassphraseOptions {
  /** How new slots derive their key: `scrypt` (RFC 7914) or `argon2id` (RFC 9106), which Node has since 24.7. Default `scrypt`. */
  readonly derivation?: 'scrypt' | 'argon2id'
  /** N of scrypt for new slots, a power of two from 2^14 to 2^19; it takes 1024 × N bytes. Default 2^17 (OWASP password storage, 2024): 128 MiB, about 0.3 s. */
  readonly scryptCost?: number
  /** Shown with the slot. Default `passphrase`. */
  readonly label?: string
}

const saltBytes = 32

/**
 * Unlocks a keyring with a passphrase. It is brought into Unicode NFC first, so that it is the same from every keyboard.
 * Errors of its methods: UNAUTHENTICATED with KEY_REJECTED (wrong passphrase), DATA_LOSS with TAMPERED (a slot whose
 * parameters are out of bounds), UNSUPPORTED (argon2id on a Node that lacks it), INVALID_ARGUMENT (an empty passphrase).
 */
export const passphrase = (source: PassphraseSource, options: PassphraseOptions = {}): KeyProvider => {
  const { derivation = 'scrypt', scryptCost = defaultScryptCost, label = 'passphrase' } = options
  const problems = createProblems('credential-core', 'passphrase')
  problems.require(
    typeof source === 'function' || Secret.is(source) || (typeof source === 'string' && source !== ''),
    'source',
    new Secret('hidden'),
    'a passphrase that is not empty, a Secret of one, or a function that gives one',
  )
  problems.require(derivation === 'scrypt' || derivation === 'argon2id', 'derivation', derivation, 'scrypt or argon2id')
  problems.require(
    isScryptCost(scryptCost),
    'scryptCost',
    scryptCost,
    `a power of two from ${smallestScryptCost} to ${largestScryptCost}`,
  )
  problems.require(typeof label === 'string' && label !== '', 'label', label, 'a text that is not empty')
  problems.throwIfAny()
  if (derivation === 'argon2id' && !argon2idAvailable()) throw argon2idMissing()

  return {
    type: 'passphrase',
    label,
    async wrap(key, { associatedData }) {
      const salt = randomBytes(saltBytes)
      const parameters: KeyParameters =
        derivation === 'scrypt'
          ? { derivation, salt: salt.toString('base64url'), N: scryptCost, r: 8, p: 1 }
          : { derivation, salt: salt.toString('base64url'), ...defaultArgon2idParameters }
      const derived = await derive(source, parameters)
      try {
        return { parameters, bytes: wrapWithKey(derived, key, associatedData) }
      } finally {
        derived.fill(0)
      }
    },
    async unwrap({ parameters, bytes }, { associatedData }) {
      const derived = await derive(source, parameters)
      const key = unwrapWithKey(derived, bytes, associatedData)
      derived.fill(0)
      if (key !== undefined) return key
      throw keyRejected(
        'The passphrase does not open this vault.',
        'Check it for a typing error or another keyboard layout; a vault that was made with a key file is opened with that file.',
      )
    },
  }
}

const derive = async (source: PassphraseSource, parameters: KeyParameters): Promise<Buffer> => {
  const bounded = readPassphraseParameters(parameters)
  if (bounded.derivation === 'argon2id' && !argon2idAvailable()) throw argon2idMissing()
  const bytes = await passphraseBytes(source)
  try {
    return await (bounded.derivation === 'scrypt'
      ? deriveWithScrypt(bytes, bounded)
      : deriveWithArgon2id(bytes, bounded))
  } finally {
    bytes.fill(0)
  }
}

const passphraseBytes = async (source: PassphraseSource): Promise<Buffer> => {
  const given = typeof source === 'function' ? await source() : source
  const text = typeof given === 'string' ? given : given.reveal()
  if (typeof text === 'string' && text !== '') return Buffer.from(text.normalize('NFC'))
  throw new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'VALUE_MALFORMED',
    source: 'credential-core',
    operation: 'unlock',
    message: 'The passphrase is empty.',
    hint: 'Give the passphrase of this vault.',
  })
}

const argon2idMissing = (): HoldfastError =>
  new HoldfastError({
    code: 'UNSUPPORTED',
    source: 'credential-core',
    operation: 'passphrase',
    message: `argon2id is not available: Node ${process.versions.node} does not have crypto.argon2.`,
    hint: 'Use Node 24.7 or newer, or leave derivation at scrypt.',
  })
