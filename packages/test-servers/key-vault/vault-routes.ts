import { checkApiVersion, checkName, pageSize, readSetRequest } from './request-checks.ts'
import { type DeletedSecretView, type SecretVersion, VaultRefusal, type VaultState } from './vault-state.ts'

/** An answer before it is written. */
export interface VaultAnswer {
  readonly status: number
  readonly body?: object
}

/** A request after its body was read. */
export interface VaultRequest {
  readonly method: string
  readonly url: URL
  readonly body: string
}

/** Answers a request about secrets, as https://learn.microsoft.com/rest/api/keyvault/secrets describes. Throws {@link VaultRefusal}. */
export const answerVaultRequest = (state: VaultState, { method, url, body }: VaultRequest): VaultAnswer => {
  checkApiVersion(url)
  const [collection = '', name, third, ...rest] = url.pathname.replace(/^\//, '').replace(/\/$/, '').split('/')
  const origin = url.origin
  const route = `${method} ${collection}${name === undefined ? '' : '/name'}${third === undefined ? '' : `/${third === 'versions' || third === 'recover' ? third : 'version'}`}`
  if (rest.length > 0) throw unknownRoute(method)
  if (name !== undefined) checkName(name, third === 'versions' || third === 'recover' ? undefined : third)
  const text = name ?? ''
  switch (route) {
    case 'GET secrets':
      return page(url, state.names(), asItIs, (one) => item(origin, one, state.versionsOf(one).at(-1), false))
    case 'PUT secrets/name': {
      const made = state.set(text, readSetRequest(body))
      return { status: 200, body: bundle(origin, made.name, made.version) }
    }
    case 'GET secrets/name':
    case 'GET secrets/name/version': {
      const found = state.find(text, third)
      return { status: 200, body: bundle(origin, found.name, found.version) }
    }
    case 'GET secrets/name/versions':
      return page(
        url,
        state.versionsOf(text),
        // The order of the service is not that of writing.
        ({ version }) => version,
        (version) => item(origin, text, version, true),
      )
    case 'DELETE secrets/name':
      return { status: 200, body: deletedBundle(origin, state.remove(text)) }
    case 'GET deletedsecrets':
      return page(url, state.deletedNames(), asItIs, (one) => deletedItem(origin, one, state))
    case 'GET deletedsecrets/name':
      return { status: 200, body: deletedBundle(origin, state.findDeleted(text)) }
    case 'POST deletedsecrets/name/recover': {
      const found = state.recover(text)
      return { status: 200, body: bundle(origin, found.name, found.version) }
    }
    case 'DELETE deletedsecrets/name':
      state.purge(text)
      return { status: 204 }
    default:
      throw unknownRoute(method)
  }
}

/** The action that each route needs, as the service names it in its refusals. */
export const actionOf = ({ method, url }: Pick<VaultRequest, 'method' | 'url'>): string => {
  const [collection, name, third] = url.pathname.replace(/^\//, '').split('/')
  const isDeleted = collection === 'deletedsecrets'
  if (method === 'GET' && (name === undefined || name === '' || third === 'versions')) return 'readMetadata'
  if (method === 'GET') return isDeleted ? 'readMetadata' : 'getSecret'
  if (method === 'PUT') return 'setSecret'
  if (method === 'POST') return 'recover'
  return isDeleted ? 'purge' : 'delete'
}

const asItIs = (name: string): string => name

const unknownRoute = (method: string): VaultRefusal =>
  new VaultRefusal(405, 'MethodNotAllowed', `${method} is not allowed on this resource.`)

const idOf = (origin: string, name: string, version?: string): string =>
  `${origin}/secrets/${name}${version === undefined ? '' : `/${version}`}`

const shared = ({ contentType, tags, attributes }: SecretVersion): object => ({
  ...(contentType === undefined ? {} : { contentType }),
  ...(tags === undefined ? {} : { tags }),
  attributes,
})

const bundle = (origin: string, name: string, version: SecretVersion): object => ({
  value: version.value,
  id: idOf(origin, name, version.version),
  ...shared(version),
})

const item = (origin: string, name: string, version: SecretVersion | undefined, withVersion: boolean): object => ({
  id: idOf(origin, name, withVersion ? version?.version : undefined),
  ...(version === undefined ? {} : shared(version)),
})

const deletedBundle = (
  origin: string,
  { name, version, deletedDate, scheduledPurgeDate }: DeletedSecretView,
): object => ({
  recoveryId: `${origin}/deletedsecrets/${name}`,
  deletedDate,
  scheduledPurgeDate,
  id: idOf(origin, name, version.version),
  ...shared(version),
})

const deletedItem = (origin: string, name: string, state: VaultState): object | undefined => {
  try {
    return deletedBundle(origin, state.findDeleted(name))
  } catch {
    // Still being deleted: not listed yet.
    return undefined
  }
}

/** Pages go by the key of their last item, so that changes between two of them make no item come twice or be missed. */
const page = <T>(
  url: URL,
  all: readonly T[],
  keyOf: (one: T) => string,
  show: (one: T) => object | undefined,
): VaultAnswer => {
  const size = pageSize(url)
  const after = url.searchParams.get('$skiptoken') ?? ''
  const rest = [...all].filter((one) => keyOf(one) > after).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const items = rest.slice(0, size)
  const last = items.at(-1)
  const next = new URL(url)
  if (last !== undefined) next.searchParams.set('$skiptoken', keyOf(last))
  return {
    status: 200,
    body: { value: items.flatMap((one) => show(one) ?? []), nextLink: rest.length > size ? next.href : null },
  }
}
