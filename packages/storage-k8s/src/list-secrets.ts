import type { CredentialSummary, EncodedNames } from '@holdfast/contracts/credentials'
import { hasStatus } from './errors.ts'
import type { KubernetesApi } from './kubernetes-api.ts'
import { readSummary, type SecretObject } from './secret-object.ts'

/** How many secrets are asked for at once: kubectl's own page is 500; this is 100 of up to a few kilobytes of metadata. */
const pageSize = 100

/** What a listing asks the API server for. */
export interface SecretSelection {
  /** Of all secrets of the namespace. */
  readonly path: string
  readonly labelSelector: string
}

/** A page of a listing. */
export interface SecretPage {
  readonly metadata: { readonly continue?: string; readonly resourceVersion: string }
  readonly items?: readonly SecretObject[] | null
}

/**
 * Lists the secrets of a storage without their data, page by page. When the pages have become too old for the API server
 * (410) it begins anew and leaves out what was told already.
 */
export const listSecrets = async function* (
  api: KubernetesApi,
  { path, labelSelector }: SecretSelection,
  names: EncodedNames,
  signal: AbortSignal,
  limit = pageSize,
): AsyncGenerator<CredentialSummary, void> {
  const seen = new Set<string>()
  for (let token: string | undefined = ''; token !== undefined; ) {
    let page: SecretPage
    try {
      page = await readPage(api, { path, labelSelector }, signal, limit, token)
    } catch (error) {
      if (!hasStatus(error, 410) || token === '') throw error
      token = ''
      continue
    }
    for (const item of page.items ?? []) {
      const summary = readSummary(names, item)
      if (summary === undefined || seen.has(summary.id)) continue
      seen.add(summary.id)
      yield summary
    }
    token = page.metadata.continue === '' ? undefined : page.metadata.continue
  }
}

/** Reads one page; the empty token begins. */
export const readPage = async (
  api: KubernetesApi,
  { path, labelSelector }: SecretSelection,
  signal: AbortSignal,
  limit: number,
  token = '',
): Promise<SecretPage> =>
  // The API server answers a list with a list.
  (await api.call({
    method: 'GET',
    path,
    query: { labelSelector, limit: String(limit), continue: token === '' ? undefined : token },
    metadataOnly: 'list',
    signal,
  })) as SecretPage
