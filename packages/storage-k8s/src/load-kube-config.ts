import { delimiter } from 'node:path'
import { HoldfastError } from '@holdfast/contracts'
import { KubeConfig } from '@kubernetes/client-node'
import type { ClusterConfig } from './cluster-config.ts'
import { source } from './errors.ts'
import type { CheckedK8sStorageOptions } from './options.ts'

/** Loads the configuration that the options name. Errors: INVALID_ARGUMENT with what is missing. */
export const loadKubeConfig = (options: CheckedK8sStorageOptions): ClusterConfig => {
  const { kubeconfigFile, context, inCluster } = options
  const kubeConfig = options.kubeConfig ?? read({ kubeconfigFile, inCluster })
  if (context !== undefined) {
    const known = kubeConfig.getContexts().map(({ name }) => name)
    if (!known.includes(context)) {
      throw unusable(
        `The kubeconfig has no context ${JSON.stringify(context)}.`,
        `Use one of ${known.map((name) => JSON.stringify(name)).join(', ') || 'none: it has no contexts'}.`,
      )
    }
    kubeConfig.setCurrentContext(context)
  }
  const server = kubeConfig.getCurrentCluster()?.server
  if (server === undefined || URL.parse(server)?.protocol !== 'https:') {
    throw unusable(
      'The kubeconfig names no API server with https.',
      'Check its current-context and the server of that cluster: secrets are not sent over plain http.',
    )
  }
  return kubeConfig
}

const read = (place: Pick<CheckedK8sStorageOptions, 'kubeconfigFile' | 'inCluster'>): ClusterConfig => {
  const { kubeconfigFile, inCluster } = place
  const kubeConfig = new KubeConfig()
  try {
    if (inCluster) kubeConfig.loadFromCluster()
    else if (kubeconfigFile !== undefined) loadFiles(kubeConfig, kubeconfigFile)
    else kubeConfig.loadFromDefault()
  } catch (cause) {
    throw unusable(
      `The kubeconfig ${kubeconfigFile === undefined ? 'that was found' : JSON.stringify(kubeconfigFile)} cannot be read.`,
      'Name a kubeconfig file that kubectl can use, or set inCluster inside a pod.',
      cause,
    )
  }
  return kubeConfig
}

/** As kubectl reads KUBECONFIG: the current context is that of the first file that has one. */
const loadFiles = (kubeConfig: KubeConfig, kubeconfigFile: string): void => {
  const [first = kubeconfigFile, ...others] = kubeconfigFile.split(delimiter).filter((file) => file !== '')
  kubeConfig.loadFromFile(first)
  for (const file of others) {
    const other = new KubeConfig()
    other.loadFromFile(file)
    kubeConfig.mergeConfig(other, Boolean(kubeConfig.getCurrentContext()))
  }
}

const unusable = (message: string, hint: string, cause?: unknown): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'OPTIONS_INVALID',
    source,
    operation: 'createK8sStorage',
    message,
    hint,
    ...(cause === undefined ? {} : { cause }),
  })
