import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import type { ServerCertificate } from './replay-server.ts'

/** A certificate, also in a file of its own. */
export interface LoopbackCertificate extends ServerCertificate {
  readonly file: string
  /** Removes the file. */
  remove(): Promise<void>
}

/** Makes a certificate for 127.0.0.1 that is its own authority, for the drivers that speak https only. */
export const createLoopbackCertificate = async (): Promise<LoopbackCertificate> => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  })
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'))
  const file = join(folder, 'authority.crt')
  await writeFile(file, cert)
  return { key, certificate: cert, file, remove: () => rm(folder, { recursive: true }) }
}
