import { createSign, generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeWithServer } from '@holdfast/test-servers'
import { sampleRecord } from '@holdfast/testkit'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { createVaultStorage, type VaultStorage } from '../src/index.ts'
import { arrange, ask, uniqueName } from './kv-mount.ts'

describeWithServer('openbao', (vault) => {
  describeWithServer('kubernetes', (kubernetes) => {
    const { KUBERNETES_URL = '', KUBERNETES_TOKEN = '', KUBERNETES_CACERT = '' } = kubernetes.settings
    const namespace = uniqueName('vault')
    const mount = uniqueName('kubernetes')
    const prefix = uniqueName('pod')
    const opened: VaultStorage[] = []
    let folder: string

    /** Asks Kubernetes as its administrator. */
    const administer = async (method: string, path: string, body?: unknown): Promise<unknown> => {
      const ca = await readFile(KUBERNETES_CACERT, 'utf8')
      return new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${KUBERNETES_TOKEN}`, 'content-type': 'application/json' }
        const outward = request(`${KUBERNETES_URL}/api/v1/${path}`, { method, headers, ca }, (answer) => {
          let text = ''
          answer.on('data', (bytes) => {
            text += bytes
          })
          answer.on('end', () => {
            if (answer.statusCode === 200 || answer.statusCode === 201) resolve(JSON.parse(text))
            else reject(new Error(`${path}: ${answer.statusCode} ${text}`))
          })
        })
        outward.on('error', reject)
        outward.end(body === undefined ? undefined : JSON.stringify(body))
      })
    }
    const createAccount = (name: string): Promise<unknown> =>
      administer('POST', `namespaces/${namespace}/serviceaccounts`, { metadata: { name } })
    /** A token of a service account, as a pod finds it in its file. */
    const tokenOf = async (account: string): Promise<string> => {
      const answer = await administer('POST', `namespaces/${namespace}/serviceaccounts/${account}/token`, { spec: {} })
      return String(Reflect.get(Object(Reflect.get(Object(answer), 'status')), 'token'))
    }
    /** A storage that logs in with what is in the file of that name. */
    const connect = async (file: string, token: string): Promise<VaultStorage> => {
      const tokenFile = join(folder, file)
      await writeFile(tokenFile, token)
      const storage = createVaultStorage({
        address: vault.settings.VAULT_ADDR ?? '',
        auth: { method: 'kubernetes', role: 'shop', mount, tokenFile },
        prefix,
      })
      opened.push(storage)
      return storage
    }
    const refused = { code: 'UNAUTHENTICATED', operation: 'retrieve', hint: expect.stringContaining('role') }

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'holdfast-vault-'))
      await administer('POST', 'namespaces', { metadata: { name: namespace } })
      const policy = uniqueName('policy')
      const rules = 'path "secret/*" { capabilities = ["create", "read", "update", "delete", "list"] }'
      await arrange(vault, 'PUT', `sys/policies/acl/${policy}`, { policy: rules })
      await arrange(vault, 'POST', `sys/auth/${mount}`, { type: 'kubernetes' })
      // Without public keys of its own, so that whether a token is good is the API server's to say, by a TokenReview.
      await arrange(vault, 'POST', `auth/${mount}/config`, {
        kubernetes_host: KUBERNETES_URL,
        kubernetes_ca_cert: await readFile(KUBERNETES_CACERT, 'utf8'),
        token_reviewer_jwt: KUBERNETES_TOKEN,
        disable_local_ca_jwt: true,
      })
      await arrange(vault, 'POST', `auth/${mount}/role/shop`, {
        bound_service_account_names: ['shop', 'closed', 'forged'],
        bound_service_account_namespaces: [namespace],
        token_policies: [policy],
        token_ttl: '20m',
      })
      for (const account of ['shop', 'stranger', 'closed', 'forged']) await createAccount(account)
    })
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((storage) => storage.close({ deadlineMs: 0 })))
    })
    afterAll(async () => {
      await ask(vault, 'DELETE', `sys/auth/${mount}`)
      await rm(folder, { recursive: true })
    })

    it('a service account logs in with its token, and one that the role does not name does not', async () => {
      const storage = await connect('shop', await tokenOf('shop'))
      await storage.store('db/main', sampleRecord('db/main'))
      expect(await storage.exists('db/main')).toBe(true)
      const stranger = await connect('stranger', await tokenOf('stranger'))
      await expect(stranger.retrieve('db/main')).rejects.toMatchObject(refused)
    })

    it('a token is good for as long as Kubernetes says so', async () => {
      // Two, because Kubernetes remembers for ten seconds that it has found one good.
      const [first, second] = [await tokenOf('closed'), await tokenOf('closed')]
      const before = await connect('before', first)
      await before.store('db/closed', sampleRecord('db/closed'))
      await administer('DELETE', `namespaces/${namespace}/serviceaccounts/closed`)
      const after = await connect('after', second)
      await expect(after.retrieve('db/closed')).rejects.toMatchObject(refused)
    })

    it('a token that somebody else has signed is refused, and shown nowhere', async () => {
      const [header = '', claims = ''] = (await tokenOf('forged')).split('.')
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
      const signature = createSign('sha256').update(`${header}.${claims}`).sign(privateKey, 'base64url')
      const storage = await connect('forged', `${header}.${claims}.${signature}`)
      const error: unknown = await storage.retrieve('db/main').catch((thrown: unknown) => thrown)
      expect(error).toMatchObject(refused)
      expect(JSON.stringify([error, String(error)])).not.toContain(signature)
    })

    it('the token in the file is read anew when Vault has ended the log-in', async () => {
      const storage = await connect('rotated', await tokenOf('shop'))
      await storage.store('db/rotated', sampleRecord('db/rotated'))
      // What the kubelet does long before the old token ends.
      await writeFile(join(folder, 'rotated'), await tokenOf('shop'))
      await arrange(vault, 'PUT', `sys/leases/revoke-prefix/auth/${mount}`)
      expect(await storage.exists('db/rotated')).toBe(true)
    })
  })
})
