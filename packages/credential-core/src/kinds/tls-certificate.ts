import { createPrivateKey, X509Certificate } from 'node:crypto'
import { toTimestamp } from '@holdfast/contracts'
import type { CredentialKind } from './credential-kind.ts'
import { defineKind } from './define-kind.ts'
import { readFields } from './read-fields.ts'

/** A certificate with its key, all as PEM. */
export interface TlsCertificate {
  /** The certificate first, then the intermediates that servers send with it. */
  readonly certificate: string
  readonly privateKey: string
  /** Certificates of the authorities that peers are checked against. */
  readonly authorities?: string
}

/** A TLS certificate with the private key that belongs to it. Expires when the first certificate of the chain to expire does. */
export const tlsCertificate: CredentialKind<TlsCertificate> = defineKind<TlsCertificate>({
  name: 'tls-certificate',
  read: (value) => {
    const { fields, problems: fieldProblems } = readFields(value, {
      certificate: { type: 'string' },
      privateKey: { type: 'string' },
      authorities: { type: 'string', optional: true },
    })
    if (fieldProblems !== undefined) return { problems: fieldProblems }
    // readFields has kept only these fields, each a string.
    const parts = fields as unknown as TlsCertificate
    const chain = parseCertificates(parts.certificate)
    const key = parseKey(parts.privateKey)
    const leaf = chain?.[0]
    const problems: string[] = []
    if (leaf === undefined) problems.push('certificate must be one or more certificates in PEM')
    if (key === undefined) problems.push('privateKey must be an unencrypted private key in PEM')
    if (leaf !== undefined && key !== undefined && !leaf.checkPrivateKey(key)) {
      problems.push('privateKey does not belong to the certificate')
    }
    if (parts.authorities !== undefined && parseCertificates(parts.authorities) === undefined) {
      problems.push('authorities must be one or more certificates in PEM')
    }
    if (chain === undefined || problems.length > 0) return { problems }
    return { value: parts, expiresAt: toTimestamp(Math.min(...chain.map((one) => one.validToDate.getTime()))) }
  },
})

const parseCertificates = (pem: string): readonly X509Certificate[] | undefined => {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g)
  if (blocks === null) return undefined
  try {
    return blocks.map((block) => new X509Certificate(block))
  } catch {
    // What OpenSSL says about it is of no use to the caller and could quote it.
    return undefined
  }
}

const parseKey = (pem: string): ReturnType<typeof createPrivateKey> | undefined => {
  try {
    return createPrivateKey(pem)
  } catch {
    // The same.
    return undefined
  }
}
