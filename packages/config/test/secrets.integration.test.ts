import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError, type Logger, type Tracer } from '@holdfast/contracts'
import { createMetricsRegistry, prometheusHandler } from '@holdfast/telemetry'
import { describeWithServer, type ServerSettings } from '@holdfast/test-servers'
import { createSecretScanner, type SecretScanner } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { openManager, type StoreConfiguration } from '../src/index.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Everything that a program may show of a manager: log lines, spans, and its page of metrics. */
const createWitness = (scanner: SecretScanner) => {
  const metrics = createMetricsRegistry()
  let seen = 0
  const log = (...line: readonly unknown[]): void => {
    seen += 1
    scanner.look('a log line', line)
  }
  const logger: Logger = { debug: log, info: log, warn: log, error: log }
  const tracer: Tracer = {
    startSpan(name, ...options) {
      scanner.look(`the start of the span ${name}`, options)
      seen += 1
      return { end: (...outcome) => scanner.look(`the end of the span ${name}`, outcome) }
    },
  }
  return {
    options: { logger, tracer, metrics },
    seen: () => seen,
    async lookAtPage(): Promise<string> {
      const page = await prometheusHandler(metrics).fetch(new Request('http://localhost/metrics'))
      const text = await page.text()
      scanner.look('the page of metrics', text)
      return text
    },
  }
}

/** Where nobody else keeps anything. */
const own = `witness-${randomBytes(6).toString('hex')}`

interface Backend {
  readonly server: string
  /** The store, and the environment that opens it with this token, or with that of the server. */
  readonly open: (
    settings: ServerSettings,
    folder: string,
    token: string | undefined,
  ) => Promise<{
    readonly store: StoreConfiguration
    readonly environment: Record<string, string>
    readonly token: string
  }>
}

const backends: readonly Backend[] = [
  {
    server: 'openbao',
    open: async ({ VAULT_ADDR = '', VAULT_TOKEN = '' }, _folder, token = VAULT_TOKEN) => ({
      store: { provider: 'vault', address: VAULT_ADDR, prefix: own },
      environment: { VAULT_TOKEN: token },
      token,
    }),
  },
  {
    server: 'kubernetes',
    async open(
      { KUBERNETES_URL = '', KUBERNETES_CACERT = '', KUBERNETES_TOKEN = '' },
      folder,
      token = KUBERNETES_TOKEN,
    ) {
      const kubeconfig = join(folder, `kubeconfig-${randomBytes(4).toString('hex')}.json`)
      const content = {
        'current-context': 'test',
        contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
        clusters: [{ name: 'test', cluster: { server: KUBERNETES_URL, 'certificate-authority': KUBERNETES_CACERT } }],
        users: [{ name: 'test', user: { token } }],
      }
      await writeFile(kubeconfig, JSON.stringify(content))
      return { store: { provider: 'k8s', prefix: own }, environment: { KUBECONFIG: kubeconfig }, token }
    },
  },
]

describe.each(backends)('on $server', ({ server, open }) => {
  describeWithServer(server, ({ settings }) => {
    it('no log line, span, error or page of metrics shows a value, a token or the passphrase', async () => {
      const folder = await temporaryFolder()
      const scanner = createSecretScanner()
      const witness = createWitness(scanner)
      const [value, passphrase] = [scanner.plant('value'), scanner.plant('passphrase')]
      const fails = async (work: Promise<unknown>): Promise<HoldfastError> => {
        const error: unknown = await work.catch((thrown: unknown) => thrown)
        if (!HoldfastError.is(error)) throw new Error('expected an error of ours')
        scanner.look(`the ${error.code} of ${error.operation}`, error)
        return error
      }
      const openWith = async (token?: string) => {
        const opened = await open(settings, folder, token)
        scanner.watch('token', opened.token)
        return openManager(
          { store: opened.store, keyring: { passphraseVariable: 'PASSPHRASE' } },
          {
            ...witness.options,
            environment: { ...opened.environment, PASSPHRASE: passphrase },
            createIfMissing: true,
          },
        )
      }
      const { manager, close } = await openWith()
      const id = 'db/main'
      const { version } = await manager.store(id, value, { tags: { team: 'core' } })
      await manager.update(id, `${value}-2`, { ifVersion: version })
      scanner.look('a credential', await manager.retrieve(id))
      expect(await fails(manager.update(id, value, { ifVersion: version }))).toMatchObject({ code: 'CONFLICT' })
      expect(await fails(manager.retrieve('db/nowhere'))).toMatchObject({ code: 'NOT_FOUND' })
      expect(await witness.lookAtPage()).toMatch(/holdfast_operations_total\{.*operation="store",code="OK"/)
      await manager.delete(id)
      await close()

      const stranger = await openWith(`planted-${'0'.repeat(32)}`)
      const refused = await fails(stranger.manager.retrieve(id))
      expect(['UNAUTHENTICATED', 'PERMISSION_DENIED']).toContain(refused.code)
      await witness.lookAtPage()
      await stranger.close()

      expect(witness.seen()).toBeGreaterThan(5)
      scanner.assertNone()
    })
  })
})
