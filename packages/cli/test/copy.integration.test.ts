import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { describeWithServer, type ServerSettings } from '@holdfast/test-servers'
import { expect, it } from 'vitest'
import { createCommandLine } from './command-line.ts'

const values = {
  'db/main': 'planted-database-password',
  'payments/live': 'planted "quoted" & spaced',
  'text/unicode': 'planted-pässwörd-注文',
} as const

/** A namespace that nothing else uses. */
const newNamespace = async (settings: ServerSettings): Promise<string> => {
  const name = `copy-${randomBytes(6).toString('hex')}`
  const ca = await readFile(settings.KUBERNETES_CACERT ?? '', 'utf8')
  await new Promise<void>((resolve, reject) => {
    const sent = request(
      `${settings.KUBERNETES_URL}/api/v1/namespaces`,
      {
        method: 'POST',
        ca,
        agent: false,
        headers: { authorization: `Bearer ${settings.KUBERNETES_TOKEN}`, 'content-type': 'application/json' },
      },
      (response) => {
        response.resume()
        if (response.statusCode === 201) resolve()
        else reject(new Error(`the namespace was answered with ${response.statusCode}`))
      },
    )
    sent.on('error', reject)
    sent.end(JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))
  })
  return name
}

describeWithServer('openbao', ({ settings: openbao }) => {
  const newVaultUrl = (): string => `vault+${openbao.VAULT_ADDR}/secret/${`copy-${randomBytes(6).toString('hex')}`}`
  const token = { VAULT_TOKEN: openbao.VAULT_TOKEN ?? '' }

  it('a store by URL without its token is refused before anything is sent, and says where it comes from', async () => {
    const { run, printed } = await createCommandLine()
    await run(['init'])
    await run(['set', 'db/main'], { stdin: values['db/main'] })
    const refused = await run(['copy', newVaultUrl()])
    expect(refused.status).not.toBe(0)
    expect(refused.stderr).toContain('VAULT_TOKEN')
    const wrong = await run(['copy', newVaultUrl()], { env: { VAULT_TOKEN: 'planted-wrong-token' } })
    expect(wrong.status).not.toBe(0)
    expect(printed()).not.toContain('planted-')
  })

  describeWithServer('kubernetes', ({ settings: kubernetes }) => {
    it('a vault goes to Vault, on to Kubernetes and home again, resumed and moved, and every value is the same', async () => {
      const { run, printed, directory } = await createCommandLine()
      const env = { ...token, KUBECONFIG: kubernetes.KUBECONFIG ?? '' }
      const vault = newVaultUrl()
      const cluster = `k8s:${await newNamespace(kubernetes)}`
      const keyFile = `${directory}/.holdfast/store.key`
      await run(['init'])
      for (const [id, value] of Object.entries(values)) await run(['set', id], { stdin: value })

      const holds = async (store: string, expected: Readonly<Record<string, string>> = values): Promise<void> => {
        for (const [id, value] of Object.entries(expected)) {
          const got = await run(['get', id, '--reveal', '--store', store, '--key-file', keyFile], { env })
          expect([id, got.status, got.stderr, got.stdout]).toEqual([id, 0, '', value])
        }
      }

      const dry = await run(['copy', vault, '--dry-run', '--json'], { env })
      expect(dry.json()).toMatchObject({ dryRun: true, created: 3 })

      // Interrupted after one: the same command takes the others.
      expect((await run(['copy', vault, '--prefix', 'db/', '--json'], { env })).json()).toMatchObject({ created: 1 })
      expect((await run(['copy', vault, '--json'], { env })).json()).toMatchObject({
        created: 2,
        unchanged: 1,
        failed: 0,
      })
      await holds(vault)

      expect((await run(['copy', cluster, '--store', vault, '--json'], { env })).json()).toMatchObject({
        created: 3,
        failed: 0,
      })
      await holds(cluster)

      // What differs there is not written over unless that is asked for.
      const newer = await run(['set', 'db/main', '--store', cluster, '--key-file', keyFile], {
        env,
        stdin: 'planted-newer-password',
      })
      expect([newer.status, newer.stderr]).toEqual([0, expect.any(String)])
      const differs = await run(['copy', cluster, '--store', vault, '--json'], { env })
      expect(differs.status).not.toBe(0)
      expect(differs.json()).toMatchObject({ unchanged: 2, failed: 1 })

      const home = 'file:./home'
      const moved = await run(['migrate', home, '--store', cluster, '--yes', '--json'], { env })
      expect([moved.status, moved.json()]).toMatchObject([0, { created: 3, failed: 0 }])
      await holds(home, { ...values, 'db/main': 'planted-newer-password' })
      const left = await run(['list', '--store', cluster, '--json', '--key-file', keyFile], { env })
      expect(left.stdout).not.toContain('payments/live')
      const again = await run(['migrate', home, '--store', cluster, '--yes', '--json'], { env })
      expect(again.json()).toMatchObject({ created: 0, failed: 0, credentials: [] })

      for (const secret of [token.VAULT_TOKEN, kubernetes.KUBERNETES_TOKEN ?? token.VAULT_TOKEN]) {
        expect(printed()).not.toContain(secret)
      }
    }, 120_000)
  })
})
