import type { RequestOptions } from 'node:https'

/**
 * What this driver uses of a `KubeConfig` of @kubernetes/client-node: which server, and what proves who asks. Spelt out here,
 * so that a program that gives none compiles without the declarations of that client and all it imports.
 */
export interface ClusterConfig {
  getContexts(): readonly { readonly name: string }[]
  setCurrentContext(context: string): void
  getCurrentCluster(): { readonly server: string; readonly proxyUrl?: string } | null
  applyToHTTPSOptions(options: RequestOptions): Promise<void>
}
