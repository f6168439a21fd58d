import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createK8sStorage } from './k8s-storage.ts'
import { loadKubeConfig } from './load-kube-config.ts'
import { type K8sStorageOptions, k8sStorageOptionsSchema } from './options.ts'
import { k8sStorageOptionsFromEnvironment } from './options-from-environment.ts'

const kubeConfigAt = (server: string): KubeConfig => {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromClusterAndUser({ name: 'c', server, skipTLSVerify: false }, { name: 'u', token: 'planted-token' })
  return kubeConfig
}
const kubeConfig = kubeConfigAt('https://127.0.0.1:6443')

const problemsOf = (options: unknown): string => {
  try {
    // Wrong on purpose.
    createK8sStorage(options as K8sStorageOptions)
  } catch (error) {
    return String(error)
  }
  return 'none'
}

describe('options', () => {
  it('says what it is bound to', () => {
    expect(createK8sStorage({ kubeConfig }).name).toBe('storage-k8s (default)')
    expect(createK8sStorage({ kubeConfig, namespace: 'shop', prefix: 'orders' }).name).toBe(
      'storage-k8s (shop, prefix orders)',
    )
  })

  it.each(['Shop', 'a_b', '-a', 'a-', 'a.b', 'x'.repeat(64), ''])('refuses the namespace %j', (namespace) => {
    expect(problemsOf({ kubeConfig, namespace })).toContain('namespace')
  })

  it('tells everything at once', () => {
    const problems = problemsOf({
      namespace: 'A',
      prefix: '-',
      labels: { 'a b': 'c' },
      annotations: { '': 'x' },
      immutable: 'yes',
      kubeconfigFile: '',
      context: '',
      inCluster: 1,
      kubeConfig: {},
      logger: {},
      clock: {},
      unknown: 1,
    })
    for (const name of [
      ...['namespace', 'prefix', 'labels', 'annotations', 'immutable', 'logger', 'clock'],
      ...['kubeconfigFile', 'context', 'inCluster', 'kubeConfig'],
    ]) {
      expect(problems).toMatch(new RegExp(`[:;] ${name}(?:\\.[^:]*)?: given `))
    }
    expect(problems).toContain('"unknown"')
    // In our words, which say what is allowed.
    expect(problems).not.toMatch(/Invalid|Too small|expected/)
  })

  it('takes one configuration, not several', () => {
    expect(problemsOf({ kubeConfig, inCluster: true })).toContain('not several')
  })

  it('says what is wrong with the kubeconfig', () => {
    expect(problemsOf({ kubeconfigFile: '/nowhere/config' })).toContain('/nowhere/config')
    expect(problemsOf({ kubeConfig, context: 'prod' })).toContain('"loaded-context"')
    expect(problemsOf({ kubeConfig: kubeConfigAt('http://127.0.0.1:8080') })).toContain('https')
    expect(problemsOf({ kubeConfig: new KubeConfig() })).toContain('https')
  })
})

describe('kubeconfig files', () => {
  const fileOf = (folder: string, name: string, isCurrent: boolean): string => {
    const file = join(folder, name)
    const kubeconfig = {
      ...(isCurrent ? { 'current-context': name } : {}),
      contexts: [{ name, context: { cluster: name, user: name } }],
      clusters: [{ name, cluster: { server: `https://${name}.test:6443` } }],
      users: [{ name, user: { token: 'planted-token' } }],
    }
    writeFileSync(file, JSON.stringify(kubeconfig))
    return file
  }

  it('are merged, and the first that has one says the current context', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-kubeconfig-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const [plain, blue, green] = [
      fileOf(folder, 'plain', false),
      fileOf(folder, 'blue', true),
      fileOf(folder, 'green', true),
    ]
    const load = (files: readonly string[], context?: string): string | undefined => {
      const options = k8sStorageOptionsSchema.parse({ kubeconfigFile: files.join(delimiter), context })
      return loadKubeConfig(options).getCurrentCluster()?.server
    }
    expect(load([plain, blue, green])).toBe('https://blue.test:6443')
    expect(load([green, blue])).toBe('https://green.test:6443')
    expect(load([blue, green], 'green')).toBe('https://green.test:6443')
    expect(() => load([blue, green], 'plain')).toThrow(/"blue", "green"/)
  })
})

describe('the environment', () => {
  it.each<[NodeJS.ProcessEnv, unknown]>([
    [{}, {}],
    [{ KUBECONFIG: '/k' }, { kubeconfigFile: '/k' }],
    [
      { KUBECONFIG: ['/k', '/l'].join(delimiter), KUBERNETES_SERVICE_HOST: '10.0.0.1' },
      { kubeconfigFile: ['/k', '/l'].join(delimiter) },
    ],
    [{ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, { inCluster: true }],
    [{ KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBECONFIG: '/k' }, { kubeconfigFile: '/k' }],
    [{ POD_NAMESPACE: 'shop' }, { namespace: 'shop' }],
    [{ POD_NAMESPACE: 'shop', K8S_NAMESPACE: 'other' }, { namespace: 'other' }],
  ])('%j names %j', (environment, options) => {
    expect(k8sStorageOptionsFromEnvironment(environment)).toEqual(options)
  })
})
