import { HoldfastError } from '@holdfast/contracts'

/** A store as an object: the provider's name and that provider's options. */
export interface StoreConfiguration {
  readonly provider: string
  readonly [option: string]: unknown
}

/**
 * Reads a store URL: `file:PATH` (the path as it stands, relative or absolute, no percent-encoding), `memory:`,
 * `aws:region/prefix`, `azure:vault-host`, `k8s:namespace`, `vault+https://host/mount/prefix`, and `name:location` for
 * providers of your own, which get `{ location }`. Credentials inside a URL are refused, as are query and fragment:
 * options beyond these stand in the object form. Errors: INVALID_ARGUMENT with OPTIONS_INVALID, never with the URL in it.
 */
export const parseStoreUrl = (url: string): StoreConfiguration => {
  const match = /^([a-z][a-z0-9+.-]*):(.*)$/su.exec(url)
  const scheme = match?.[1]
  const rest = match?.[2]
  if (scheme === undefined || rest === undefined) {
    throw invalidUrl('A store URL begins with a provider and a colon', 'Write file:./secrets for a folder, or memory:')
  }
  if (/[\u0000-\u001f\u007f]/.test(rest)) {
    throw invalidUrl(`The ${scheme}: store URL contains a control character`, 'Remove it')
  }
  const parse = schemes[scheme]
  if (parse !== undefined) return parse(rest)
  refuseCredentials(scheme, rest)
  return { provider: scheme, location: rest }
}

const parseFile = (rest: string): StoreConfiguration => {
  const directory = rest.startsWith('///') ? rest.slice(2) : rest
  if (directory === '') throw invalidUrl('The file: store URL names no folder', 'Write file:./secrets')
  if (directory.startsWith('//')) {
    throw invalidUrl('The file: store URL names a host', 'Write file:/path for a folder of this machine')
  }
  return { provider: 'local', directory }
}

const parseMemory = (rest: string): StoreConfiguration => {
  if (rest === '') return { provider: 'memory' }
  throw invalidUrl('The memory: store URL takes nothing after the colon', 'Write memory:')
}

const parseAws = (rest: string): StoreConfiguration => {
  refuseCredentials('aws', rest)
  const [region, prefix] = splitOnce(rest)
  if (!/^[a-z0-9-]+$/.test(region)) {
    throw invalidUrl('The aws: store URL names no region', 'Write aws:eu-central-1 or aws:eu-central-1/prefix')
  }
  return { provider: 'aws', region, ...(prefix === '' ? {} : { prefix }) }
}

const parseAzure = (rest: string): StoreConfiguration => {
  refuseCredentials('azure', rest)
  if (!/^[A-Za-z0-9.-]+(?::\d+)?$/.test(rest)) {
    throw invalidUrl('The azure: store URL names no vault host', 'Write azure:my-vault.vault.azure.net')
  }
  return { provider: 'azure', vaultUrl: `https://${rest}` }
}

const parseKubernetes = (rest: string): StoreConfiguration => {
  refuseCredentials('k8s', rest)
  // RFC 1123 label, as Kubernetes names namespaces.
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(rest)) {
    throw invalidUrl('The k8s: store URL names no namespace', 'Write k8s:my-namespace')
  }
  return { provider: 'k8s', namespace: rest }
}

const parseVault =
  (protocol: 'http' | 'https') =>
  (rest: string): StoreConfiguration => {
    const scheme = `vault+${protocol}`
    refuseCredentials(scheme, rest)
    const url = rest.startsWith('//') ? URL.parse(`${protocol}:${rest}`) : null
    if (url === null || url.hostname === '') {
      throw invalidUrl(`The ${scheme}: store URL names no host`, `Write ${scheme}://host:8200/mount/prefix`)
    }
    const [mount, prefix] = splitOnce(url.pathname.slice(1))
    return {
      provider: 'vault',
      address: url.origin,
      ...(mount === '' ? {} : { mount }),
      ...(prefix === '' ? {} : { prefix }),
    }
  }

const schemes: Readonly<Record<string, (rest: string) => StoreConfiguration>> = {
  file: parseFile,
  memory: parseMemory,
  aws: parseAws,
  azure: parseAzure,
  k8s: parseKubernetes,
  'vault+https': parseVault('https'),
  'vault+http': parseVault('http'),
}

const splitOnce = (text: string): readonly [string, string] => {
  const slash = text.indexOf('/')
  return slash < 0 ? [text, ''] : [text.slice(0, slash), text.slice(slash + 1).replace(/\/$/, '')]
}

const refuseCredentials = (scheme: string, rest: string): void => {
  if (rest.includes('@')) {
    throw invalidUrl(
      `The ${scheme}: store URL contains credentials`,
      'Remove everything up to the @: a provider finds its own credentials where its README says',
    )
  }
  if (/[?#]/.test(rest)) {
    throw invalidUrl(
      `The ${scheme}: store URL has a query or a fragment`,
      `Use the object form for options: { provider: '${scheme.replace(/\+.*/, '')}', … }`,
    )
  }
}

const invalidUrl = (problem: string, hint: string): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'OPTIONS_INVALID',
    source: 'config',
    operation: 'parseStoreUrl',
    message: `${problem}.`,
    hint: `${hint}.`,
  })
