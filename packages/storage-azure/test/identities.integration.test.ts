import { execFile } from 'node:child_process'
import { createPublicKey, verify } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describeWithServer } from '@holdfast/test-servers'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newPrefix, tokensOf } from './azure-vault.ts'
import { type EntraId, startEntraId, type TokenRequest } from './entra-id.ts'

const run = promisify(execFile)
const tenantId = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'
const clientId = '6ba7b810-9dad-41d1-80b4-00c04fd430c8'
const clientSecret = 'planted-client-secret-4b1d'
const federatedToken = 'planted-federated-token-77e0'

describeWithServer('key-vault', ({ settings }) => {
  const script = join(import.meta.dirname, 'logged-in-process.ts')
  let folder: string
  let entraId: EntraId
  let certificate: string
  const asked: TokenRequest[] = []

  /** Whether an application has shown by its certificate who it is (RFC 7523). */
  const isSigned = (assertion: string): boolean => {
    const [header = '', claims = '', signature = ''] = assertion.split('.')
    const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString())
    const { iss, sub } = JSON.parse(Buffer.from(claims, 'base64url').toString())
    const key = createPublicKey(certificate)
    // Padding of PSS (6) and a salt as long as the hash, or that of PKCS #1 (1).
    const padding = alg === 'PS256' ? { padding: 6, saltLength: 32 } : { padding: 1 }
    const isGood = verify(
      'sha256',
      Buffer.from(`${header}.${claims}`),
      { key, ...padding },
      Buffer.from(signature, 'base64url'),
    )
    return isGood && iss === clientId && sub === clientId
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-azure-'))
    const made = await generate([{ name: 'commonName', value: 'shop' }], { algorithm: 'sha256' })
    certificate = made.cert
    await writeFile(join(folder, 'app.pem'), `${made.private}\n${made.cert}`)
    await writeFile(join(folder, 'federated'), federatedToken)
    entraId = await startEntraId({
      async tokenFor(request, tenant) {
        asked.push(request)
        const { client_id, client_secret, client_assertion = '', grant_type, scope } = request
        const isRight = tenant === tenantId && client_id === clientId && grant_type === 'client_credentials'
        if (!isRight || scope?.split(' ')[0] !== 'https://vault.azure.net/.default') return undefined
        const isKnown =
          client_secret === clientSecret ||
          client_assertion === federatedToken ||
          (client_assertion.split('.').length === 3 && isSigned(client_assertion))
        return isKnown ? (await tokensOf(settings).getToken([]))?.token : undefined
      },
    })
    await writeFile(join(folder, 'authority.pem'), entraId.certificate)
  })
  afterAll(async () => {
    await entraId[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  /** What a process with this environment, and nothing else of ours, says. */
  const logIn = async (environment: Readonly<Record<string, string>>, type = ''): Promise<unknown> => {
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      AZURE_KEY_VAULT_URL: settings.AZURE_KEY_VAULT_URL,
      HTTPS_PROXY: entraId.proxyUrl,
      NO_PROXY: 'localhost,127.0.0.1',
      NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem'),
      ...environment,
    }
    const { stdout, stderr } = await run(process.execPath, [script, newPrefix(), settings.KEY_VAULT_CA ?? '', type], {
      env,
    })
    for (const secret of [clientSecret, federatedToken, 'planted-wrong']) expect(stdout + stderr).not.toContain(secret)
    return JSON.parse(stdout)
  }
  const application = { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId }

  it('an application logs in with its secret', async () => {
    expect(await logIn({ ...application, AZURE_CLIENT_SECRET: clientSecret })).toEqual({ value: 'a' })
    expect(asked.at(-1)?.client_secret).toBe(clientSecret)
  })

  it('an application logs in with its certificate', async () => {
    const environment = { ...application, AZURE_CLIENT_CERTIFICATE_PATH: join(folder, 'app.pem') }
    expect(await logIn(environment)).toEqual({ value: 'a' })
    expect(asked.at(-1)?.client_assertion).toContain('.')
  })

  it('a pod logs in with the token that Kubernetes has put into its file', async () => {
    const environment = { ...application, AZURE_FEDERATED_TOKEN_FILE: join(folder, 'federated') }
    expect(await logIn(environment)).toEqual({ value: 'a' })
    expect(asked.at(-1)?.client_assertion).toBe(federatedToken)
  })

  it('what there is in the environment is found by the default credential too', async () => {
    expect(await logIn({ ...application, AZURE_CLIENT_SECRET: clientSecret }, 'default')).toEqual({ value: 'a' })
  })

  it('a developer is who is logged in on the command line', async () => {
    const token = await tokensOf(settings).getToken([])
    const answer = {
      accessToken: token?.token,
      expires_on: Math.floor((token?.expiresOnTimestamp ?? 0) / 1000),
      tokenType: 'Bearer',
    }
    const bin = await mkdtemp(join(folder, 'bin-'))
    await writeFile(
      join(bin, 'az'),
      `#!/bin/sh\necho "$@" > '${bin}/asked'\ncat <<'END'\n${JSON.stringify(answer)}\nEND\n`,
    )
    await chmod(join(bin, 'az'), 0o755)
    expect(await logIn({ PATH: `${bin}:/usr/bin:/bin` }, 'developer-tools')).toEqual({ value: 'a' })
    const parameters = await readFile(join(bin, 'asked'), 'utf8')
    expect(parameters).toContain('--resource https://vault.azure.net')
    expect(parameters).toContain(`--tenant ${tenantId}`)
  })

  it('an application that is refused is told so, and shows nothing', async () => {
    expect(await logIn({ ...application, AZURE_CLIENT_SECRET: 'planted-wrong' })).toMatchObject({
      code: 'UNAUTHENTICATED',
      retryable: false,
      hint: expect.stringContaining('application'),
    })
  })

  it('a developer who is not logged in is told what to do', async () => {
    expect(await logIn({ PATH: '/nowhere' }, 'developer-tools')).toMatchObject({
      code: 'UNAUTHENTICATED',
      hint: expect.stringContaining('az login'),
    })
  })

  it('the identity library is loaded with the first token, not before', async () => {
    const lazy = join(import.meta.dirname, 'lazy-identity-process.ts')
    const { AZURE_KEY_VAULT_URL = '', KEY_VAULT_CA = '' } = settings
    const { stdout } = await run(process.execPath, [lazy, AZURE_KEY_VAULT_URL, KEY_VAULT_CA], {
      env: { PATH: '/nowhere', HOME: folder },
    })
    expect(JSON.parse(stdout)).toEqual([false, true])
  })

  it('nobody was asked but the log-in of Azure', () => {
    expect([...entraId.hosts]).toEqual(['login.microsoftonline.com:443'])
  })
})
