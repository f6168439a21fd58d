import { createPrivateKey } from 'node:crypto'
import type { CredentialKind } from './credential-kind.ts'
import { defineKind } from './define-kind.ts'
import { readFields } from './read-fields.ts'
import { lineProblem } from './text-rules.ts'

/** A private SSH key. */
export interface SshKey {
  /** In the format of OpenSSH or in PEM. */
  readonly privateKey: string
  /** One line as in `authorized_keys`. */
  readonly publicKey?: string
  /** Opens an encrypted private key. */
  readonly passphrase?: string
}

const opensshPattern = /^-----BEGIN OPENSSH PRIVATE KEY-----\s([\s\S]+?)-----END OPENSSH PRIVATE KEY-----\s*$/
/** How every key in the format of OpenSSH begins (PROTOCOL.key of openssh-portable, section 1). */
const opensshMagic = 'openssh-key-v1\0'
const publicKeyPattern = /^(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}(?: [^\r\n]*)?\s*$/

/** A private SSH key, given as its parts or as the text of the key file alone. */
export const sshKey: CredentialKind<SshKey> = defineKind<SshKey>({
  name: 'ssh-key',
  read: (value) => {
    const { fields, problems: fieldProblems } = readFields(typeof value === 'string' ? { privateKey: value } : value, {
      privateKey: { type: 'string' },
      publicKey: {
        type: 'string',
        optional: true,
        check: (line) => (publicKeyPattern.test(String(line)) ? undefined : 'must be one line as in authorized_keys'),
      },
      passphrase: { type: 'string', optional: true, check: lineProblem },
    })
    if (fieldProblems !== undefined) return { problems: fieldProblems }
    // readFields has kept only these fields, each a string.
    const parts = fields as unknown as SshKey
    const problem = privateKeyProblem(parts.privateKey, parts.passphrase)
    return problem === undefined ? { value: parts } : { problems: [problem] }
  },
})

const privateKeyProblem = (text: string, passphrase: string | undefined): string | undefined => {
  const body = opensshPattern.exec(text.trim())?.[1]
  if (body !== undefined) return opensshProblem(body, passphrase)
  try {
    createPrivateKey({ key: text, ...(passphrase === undefined ? {} : { passphrase }) })
    return undefined
  } catch {
    // What OpenSSL says could quote the key.
    return passphrase === undefined
      ? 'privateKey must be a key in the format of OpenSSH or PEM, with its passphrase if it is encrypted'
      : 'privateKey is not a key that this passphrase opens'
  }
}

/** Node cannot open this format, so only its frame is checked: magic, cipher, and the key type at the place it must be. */
const opensshProblem = (body: string, passphrase: string | undefined): string | undefined => {
  const bytes = Buffer.from(body.replace(/\s/g, ''), 'base64')
  if (!bytes.subarray(0, opensshMagic.length).equals(Buffer.from(opensshMagic)))
    return 'privateKey is damaged: it is not a key of OpenSSH'
  let offset = opensshMagic.length
  const readBlock = (): Buffer | undefined => {
    if (offset + 4 > bytes.length) return undefined
    const length = bytes.readUInt32BE(offset)
    const end = offset + 4 + length
    if (end > bytes.length) return undefined
    const block = bytes.subarray(offset + 4, end)
    offset = end
    return block
  }
  const cipher = readBlock()?.toString('latin1')
  const derivation = readBlock()
  const derivationOptions = readBlock()
  offset += 4 // the number of keys, which is always 1
  const publicPart = readBlock()
  const privatePart = readBlock()
  if (
    cipher === undefined ||
    derivation === undefined ||
    derivationOptions === undefined ||
    publicPart === undefined ||
    privatePart === undefined
  ) {
    return 'privateKey is cut off'
  }
  return cipher !== 'none' && passphrase === undefined ? 'privateKey is encrypted and passphrase is missing' : undefined
}
