import { createSign } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { HoldfastError } from '@holdfast/contracts'
import { describeWithServer } from '@holdfast/test-servers'
import { createSecretScanner, sampleRecord, sampleText } from '@holdfast/testkit'
import { KubeConfig } from '@kubernetes/client-node'
import { beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import type { ClusterConfig } from '../src/cluster-config.ts'
import { createK8sStorage, k8sStorageOptionsFromEnvironment } from '../src/index.ts'
import { administer, grant, k8sStorageOf, kubeConfigOf, newNamespace } from './kubernetes-cluster.ts'

const scanner = createSecretScanner()

const failureOf = async (work: Promise<unknown>): Promise<HoldfastError> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!HoldfastError.is(error)) throw new Error(`expected a HoldfastError, got ${String(error)}`)
  scanner.look(`the ${error.code} of ${error.operation}`, error)
  return error
}

describeWithServer('kubernetes', ({ settings }) => {
  const { KUBERNETES_URL = '', KUBERNETES_TOKEN = '', KUBERNETES_CACERT = '', KUBECONFIG = '' } = settings
  let namespace: string

  beforeAll(async () => {
    namespace = await newNamespace(settings)
  })

  const keyFile = join(dirname(KUBECONFIG), 'service-account.key')

  /** Makes an account that may do everything with secrets; answers its unique id. */
  const createAccount = async (name: string): Promise<string> => {
    const account = await administer(settings, 'POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name },
    })
    await grant(settings, namespace, { kind: 'ServiceAccount', name }, ['get', 'list', 'create', 'update', 'delete'])
    return String(Reflect.get(Object(account.metadata), 'uid'))
  }

  /** Kubernetes takes a token for this long after its end, in seconds, because clocks differ. */
  const leeway = 60

  /** What the API server would sign for the account, with these times in seconds from now. */
  const tokenOf = (name: string, uid: string, times: { readonly from?: number; readonly to: number }): string => {
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: 'https://kubernetes.default.svc',
      aud: ['https://kubernetes.default.svc'],
      sub: `system:serviceaccount:${namespace}:${name}`,
      iat: now - 300,
      nbf: now + (times.from ?? -300),
      exp: now + times.to,
      'kubernetes.io': { namespace, serviceaccount: { name, uid } },
    }
    const text = [{ alg: 'RS256', typ: 'JWT' }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    const token = `${text}.${createSign('sha256').update(text).sign(readFileSync(keyFile), 'base64url')}`
    scanner.watch(`token of ${name}`, token)
    return token
  }

  /** A configuration that has another token whenever the test says so, and counts how often it is asked. */
  const rotating = (first: string) => {
    const state = { token: first, asked: 0 }
    const cluster = kubeConfigOf(settings)
    const kubeConfig: ClusterConfig = {
      getContexts: () => cluster.getContexts(),
      setCurrentContext: (context) => cluster.setCurrentContext(context),
      getCurrentCluster: () => kubeConfigOf(settings).getCurrentCluster(),
      applyToHTTPSOptions(options) {
        state.asked += 1
        return kubeConfigOf(settings, { token: state.token }).applyToHTTPSOptions(options)
      },
    }
    return { state, storage: k8sStorageOf(settings, { namespace, kubeConfig }) }
  }

  /** Kubernetes remembers for ten seconds that it has found a token good. */
  const untilRefused = async (work: () => Promise<unknown>): Promise<HoldfastError> => {
    for (;;) {
      const error: unknown = await work().then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      if (error !== undefined) return failureOf(Promise.reject(error))
      await delay(200)
    }
  }

  it('tokens that end while they are used are refused, and the next one is taken without opening anew', async ({
    skip,
  }) => {
    if (!existsSync(keyFile)) skip('the key that signs tokens is not this machine’s to use')
    const uid = await createAccount('expiring')
    const { state, storage } = rotating(tokenOf('expiring', uid, { to: 3 - leeway }))
    await storage.store('kept', sampleRecord('kept'))
    expect(await untilRefused(() => storage.retrieve('kept'))).toMatchObject({
      code: 'UNAUTHENTICATED',
      retryable: false,
    })
    expect(await storage.health()).toMatchObject({ status: 'down' })
    state.token = tokenOf('expiring', uid, { to: 600 })
    expect(sampleText((await storage.retrieve('kept')).value)).toBe('kept')
  })

  it('tokens that begin later than now, because a clock is off, are UNAUTHENTICATED', async ({ skip }) => {
    if (!existsSync(keyFile)) skip('the key that signs tokens is not this machine’s to use')
    const uid = await createAccount('early')
    const { storage } = rotating(tokenOf('early', uid, { from: 1200, to: 2400 }))
    expect(await failureOf(storage.retrieve('kept'))).toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(await failureOf(storage.store('kept', sampleRecord('kept')))).toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('tokens whose account is deleted are refused from then on', async () => {
    await createAccount('revoked')
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/revoked`
    const answer = await administer(settings, 'POST', `${path}/token`, { spec: { expirationSeconds: 600 } })
    const token = String(Reflect.get(Object(answer.status), 'token'))
    scanner.watch('token of revoked', token)
    const { storage } = rotating(token)
    await storage.store('revoked', sampleRecord('revoked'))
    await administer(settings, 'DELETE', path)
    expect(await untilRefused(() => storage.exists('revoked'))).toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('tokens are asked for once a second at most, and again after they were refused', async () => {
    const { state, storage } = rotating(KUBERNETES_TOKEN)
    const startedAt = performance.now()
    for (let call = 0; call < 20; call++) await storage.exists('a')
    // Once at the start, and once for each second that this machine took.
    expect(state.asked).toBeLessThanOrEqual(1 + Math.floor((performance.now() - startedAt) / 1000))
    const asked = state.asked
    while (state.asked === asked) {
      await storage.exists('a')
      await delay(50)
    }
    state.token = scanner.plant('token of nobody')
    expect(await untilRefused(() => storage.exists('a'))).toMatchObject({ code: 'UNAUTHENTICATED' })
    state.token = KUBERNETES_TOKEN
    // Within the second in which the refused one would still be used.
    expect(await storage.exists('a')).toBe(false)
  })

  it('in a pod: finds the server in the environment, and what it mounts beside the program', async () => {
    const pod = mkdtempSync(join(tmpdir(), 'holdfast-pod-'))
    const mount = join(pod, 'var/run/secrets/kubernetes.io/serviceaccount')
    mkdirSync(mount, { recursive: true })
    const account = `/api/v1/namespaces/${namespace}/serviceaccounts`
    await administer(settings, 'POST', account, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'pod' } })
    await grant(settings, namespace, { kind: 'ServiceAccount', name: 'pod' }, ['get', 'list', 'create', 'update'])
    const answer = await administer(settings, 'POST', `${account}/pod/token`, { spec: {} })
    const token = String(Reflect.get(Object(answer.status), 'token'))
    scanner.watch('token of the pod', token)
    writeFileSync(join(mount, 'token'), token)
    copyFileSync(KUBERNETES_CACERT, join(mount, 'ca.crt'))
    // The client reads the files of the machine otherwise.
    const original = KubeConfig.prototype.loadFromCluster
    const spy = vi.spyOn(KubeConfig.prototype, 'loadFromCluster').mockImplementation(function (this: KubeConfig) {
      original.call(this, pod)
    })
    const { hostname, port } = new URL(KUBERNETES_URL)
    vi.stubEnv('KUBERNETES_SERVICE_HOST', hostname)
    vi.stubEnv('KUBERNETES_SERVICE_PORT', port)
    vi.stubEnv('KUBECONFIG', undefined)
    onTestFinished(() => {
      spy.mockRestore()
      vi.unstubAllEnvs()
      rmSync(pod, { recursive: true })
    })
    const storage = createK8sStorage({ ...k8sStorageOptionsFromEnvironment(), namespace })
    await storage.store('db/pod', sampleRecord('db/pod'))
    expect(sampleText((await storage.retrieve('db/pod')).value)).toBe('db/pod')
    expect(await failureOf(storage.delete('db/pod'))).toMatchObject({ code: 'PERMISSION_DENIED' })
  })
})

it('no error has shown a token', () => scanner.assertNone())
