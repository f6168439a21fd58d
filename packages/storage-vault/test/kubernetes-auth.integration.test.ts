import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeWithServer } from '@holdfast/test-servers'
import { sampleRecord } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { createVaultStorage } from '../src/index.ts'
import { arrange, uniqueName } from './kv-mount.ts'

describeWithServer('openbao', (vault) => {
  describeWithServer('kubernetes', (kubernetes) => {
    const { KUBERNETES_URL = '', KUBERNETES_TOKEN = '', KUBERNETES_CACERT = '' } = kubernetes.settings
    /** Asks Kubernetes as its administrator. */
    const create = async (path: string, body: unknown): Promise<unknown> => {
      const ca = await readFile(KUBERNETES_CACERT, 'utf8')
      return new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${KUBERNETES_TOKEN}`, 'content-type': 'application/json' }
        const outward = request(`${KUBERNETES_URL}${path}`, { method: 'POST', headers, ca }, (answer) => {
          let text = ''
          answer.on('data', (bytes) => {
            text += bytes
          })
          answer.on('end', () => {
            if (answer.statusCode === 201) resolve(JSON.parse(text))
            else reject(new Error(`${path}: ${answer.statusCode} ${text}`))
          })
        })
        outward.on('error', reject)
        outward.end(JSON.stringify(body))
      })
    }
    /** A token of a service account, as a pod finds it in its file. */
    const tokenOf = async (namespace: string, name: string): Promise<string> => {
      const answer = await create(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, { spec: {} })
      return String(Reflect.get(Object(Reflect.get(Object(answer), 'status')), 'token'))
    }

    it('a service account logs in with its token, and another one does not', async () => {
      const namespace = uniqueName('vault')
      await create('/api/v1/namespaces', { metadata: { name: namespace } })
      for (const name of ['shop', 'other']) {
        await create(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name } })
      }
      const mount = uniqueName('kubernetes')
      const policy = uniqueName('policy')
      const rules = 'path "secret/*" { capabilities = ["create", "read", "update", "delete", "list"] }'
      await arrange(vault, 'PUT', `sys/policies/acl/${policy}`, { policy: rules })
      await arrange(vault, 'POST', `sys/auth/${mount}`, { type: 'kubernetes' })
      await arrange(vault, 'POST', `auth/${mount}/config`, {
        kubernetes_host: KUBERNETES_URL,
        kubernetes_ca_cert: await readFile(KUBERNETES_CACERT, 'utf8'),
        token_reviewer_jwt: KUBERNETES_TOKEN,
        disable_local_ca_jwt: true,
      })
      await arrange(vault, 'POST', `auth/${mount}/role/shop`, {
        bound_service_account_names: ['shop'],
        bound_service_account_namespaces: [namespace],
        token_policies: [policy],
        token_ttl: '20m',
      })
      const folder = await mkdtemp(join(tmpdir(), 'holdfast-vault-'))
      const connect = async (account: string) => {
        const tokenFile = join(folder, account)
        await writeFile(tokenFile, await tokenOf(namespace, account))
        return createVaultStorage({
          address: vault.settings.VAULT_ADDR ?? '',
          auth: { method: 'kubernetes', role: 'shop', mount, tokenFile },
          prefix: uniqueName('pod'),
        })
      }
      await using storage = await connect('shop')
      await storage.store('db/main', sampleRecord('db/main'))
      expect(await storage.exists('db/main')).toBe(true)
      await using stranger = await connect('other')
      await expect(stranger.retrieve('db/main')).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
        operation: 'retrieve',
        hint: expect.stringContaining('role'),
      })
      await rm(folder, { recursive: true })
    })
  })
})
