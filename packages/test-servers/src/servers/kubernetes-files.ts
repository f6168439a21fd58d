import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What lies in the private folder of a Kubernetes server. */
export interface KubernetesFiles {
  readonly certificates: string
  readonly tokens: string
  readonly serviceAccountKey: string
  readonly serviceAccountPublicKey: string
  readonly kubeconfig: string
  /** The certificate the server signs for itself at its first start: it is its own authority. */
  readonly ca: string
  readonly adminToken: string
  /** Tokens of users without any rights, by name: tests bind roles to them. */
  readonly userTokens: Readonly<Record<string, string>>
}

const users = ['user-1', 'user-2', 'user-3', 'user-4']

const kubeconfig = (url: string, ca: string, token: string): unknown => ({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority': ca } }],
  users: [{ name: 'admin', user: { token } }],
  contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
  'current-context': 'test',
})

/** Writes keys, tokens and the configuration of an administrator for a server at `url`. */
export const writeKubernetesFiles = async (folder: string, url: string): Promise<KubernetesFiles> => {
  const newToken = (): string => randomBytes(16).toString('hex')
  const userTokens = Object.fromEntries(users.map((user) => [user, newToken()]))
  const certificates = join(folder, 'certificates')
  const files: KubernetesFiles = {
    certificates,
    tokens: join(folder, 'tokens.csv'),
    serviceAccountKey: join(folder, 'service-account.key'),
    serviceAccountPublicKey: join(folder, 'service-account.pub'),
    kubeconfig: join(folder, 'kubeconfig'),
    ca: join(certificates, 'apiserver.crt'),
    adminToken: newToken(),
    userTokens,
  }
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const tokenLines = [
    `${files.adminToken},admin,uid-admin,"system:masters"`,
    ...Object.entries(userTokens).map(([user, token]) => `${token},${user},uid-${user}`),
  ]
  await mkdir(certificates)
  await writeFile(files.serviceAccountKey, privateKey)
  await writeFile(files.serviceAccountPublicKey, publicKey)
  await writeFile(files.tokens, `${tokenLines.join('\n')}\n`)
  // JSON is YAML.
  await writeFile(files.kubeconfig, JSON.stringify(kubeconfig(url, files.ca, files.adminToken), undefined, 2))
  return files
}
