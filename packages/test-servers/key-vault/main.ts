// The Key Vault server as a process: node main.ts <port> <identity port> <folder>. Its certificate is made at the first
// start and is its own authority: <folder>/key-vault.crt. Secrets and tokens are kept in the folder too, so that a killed
// process goes on where it was when it is started again.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { createIdentityEndpoint } from './identity-endpoint.ts'
import { openJournal } from './journal.ts'
import { createKeyVaultServer } from './key-vault-server.ts'

const [port, identityPort, folder = '.'] = process.argv.slice(2)
const certificateFile = join(folder, 'key-vault.crt')
const keyFile = join(folder, 'key-vault.key')

if (!existsSync(certificateFile)) {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 2, value: '*.localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  })
  writeFileSync(keyFile, key, { mode: 0o600 })
  writeFileSync(certificateFile, cert)
}

const identity = createIdentityEndpoint(openJournal(join(folder, 'identity.jsonl')))
writeFileSync(join(folder, 'identity-header'), identity.secret, { mode: 0o600 })
identity.server.listen(Number(identityPort), '127.0.0.1')
createKeyVaultServer({
  key: readFileSync(keyFile, 'utf8'),
  certificate: readFileSync(certificateFile, 'utf8'),
  identity,
  journal: openJournal(join(folder, 'secrets.jsonl')),
}).listen(Number(port), '127.0.0.1')
