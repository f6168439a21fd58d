export type { ClusterConfig } from './cluster-config.ts'
export { createK8sStorage, type K8sStorage } from './k8s-storage.ts'
export { type K8sStorageOptions, k8sStorageOptionsSchema } from './options.ts'
export { k8sStorageOptionsFromEnvironment } from './options-from-environment.ts'
