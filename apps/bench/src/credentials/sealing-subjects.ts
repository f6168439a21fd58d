import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomBytes,
  randomFillSync,
} from 'node:crypto'
import type { CredentialMetadata } from '@holdfast/contracts/credentials'
import { createKeyring, createSealer, rawKey } from '@holdfast/credential-core'
import { createMemoryStorage } from '@holdfast/storage-memory'
import type { Subject } from '../area.ts'
import { timePerAsyncCall, timePerCall } from '../time-per-call.ts'

const row = 'seal and open 256 bytes'
const plaintext = randomBytes(256)
const timing = { batch: 500, batches: 60, warmUp: 40 }
const perSecond = (nanoseconds: number): number => 1e9 / nanoseconds

const metadata: Omit<CredentialMetadata, 'seal'> = {
  id: 'service/payments/stripe',
  kind: 'api-key',
  encoding: 'text',
  tags: { region: 'eu', stage: 'prod' },
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-02-01T00:00:00.000Z',
  revision: '01KGZZZZZZZZZZZZZZZZZZZZZZ',
  writeId: '01KGZZZZZZZZZZZZZZZZZZZZZZ',
}

const additionalData = Buffer.from(JSON.stringify(['holdfast/record/v1', 1, metadata]))

const nonce = Buffer.alloc(12)
const options = { authTagLength: 16 } as const

/** Encrypts and decrypts under a fresh key each, which the one who decrypts has as bytes as well. */
const cipherAlone = (calls: number, keyOf: (key: Buffer) => Buffer | KeyObject): number => {
  let sum = 0
  for (let call = 0; call < calls; call++) {
    const key = randomFillSync(Buffer.allocUnsafe(32))
    const cipher = createCipheriv('aes-256-gcm', keyOf(key), nonce, options)
    cipher.setAAD(additionalData)
    const ciphertext = cipher.update(plaintext)
    cipher.final()
    const tag = cipher.getAuthTag()
    const decipher = createDecipheriv('aes-256-gcm', keyOf(key), nonce, options)
    decipher.setAAD(additionalData)
    decipher.setAuthTag(tag)
    sum += decipher.update(ciphertext).length
    decipher.final()
  }
  return sum
}

/** Sealing and opening beside what the cipher alone takes, with a fresh key and the same additional data. */
export const sealingSubjects: readonly Subject[] = [
  {
    name: 'AES-GCM, fresh key',
    async measure() {
      return { [row]: perSecond(timePerCall((calls) => cipherAlone(calls, (key) => key), timing)) }
    },
  },
  {
    // What to compare with when the key is handed over in the way that node:crypto takes fastest, which the sealer uses.
    name: 'AES-GCM, fresh key as KeyObject',
    async measure() {
      return { [row]: perSecond(timePerCall((calls) => cipherAlone(calls, createSecretKey), timing)) }
    },
  },
  {
    name: 'sealer',
    async measure() {
      const storage = createMemoryStorage()
      const unlock = [rawKey(randomBytes(32))]
      const sealer = createSealer(createKeyring({ storage, unlock, createIfMissing: true }))
      const run = async (calls: number): Promise<number> => {
        let sum = 0
        for (let call = 0; call < calls; call++) {
          sum += (await sealer.open(await sealer.seal(metadata, plaintext))).length
        }
        return sum
      }
      return { [row]: perSecond(await timePerAsyncCall(run, timing)) }
    },
  },
]
