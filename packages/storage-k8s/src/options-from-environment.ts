import type { K8sStorageOptions } from './options.ts'

/**
 * The options that the environment names, for `createK8sStorage`: KUBECONFIG for the file or files, else
 * KUBERNETES_SERVICE_HOST says that this runs in a pod; K8S_NAMESPACE or POD_NAMESPACE for the namespace. What is wrong, `createK8sStorage` says.
 */
export const k8sStorageOptionsFromEnvironment = (environment: NodeJS.ProcessEnv = process.env): K8sStorageOptions => {
  const { KUBECONFIG: kubeconfigFile, KUBERNETES_SERVICE_HOST: host } = environment
  const namespace = environment.K8S_NAMESPACE ?? environment.POD_NAMESPACE
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(kubeconfigFile === undefined || kubeconfigFile === ''
      ? host === undefined
        ? {}
        : { inCluster: true }
      : { kubeconfigFile }),
  }
}
