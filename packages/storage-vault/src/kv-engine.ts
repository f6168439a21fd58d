import { HoldfastError } from '@holdfast/contracts'
import { type FailureSite, source, toHoldfastError } from './errors.ts'
import { encodeKvPath } from './kv-path.ts'
import type { KvVersion } from './kv-version.ts'
import type { VaultCall, VaultClient } from './vault-client.ts'
import { isRefusal } from './vault-refusal.ts'
import type { VaultAnswer } from './vault-transport.ts'

/** Who asks: what errors are told of, and what gives a request up. */
export interface KvCall {
  readonly operation: string
  readonly signal?: AbortSignal | undefined
}

/** One version as the metadata of a secret has it. */
export interface KvVersionState extends KvVersion {
  /** Neither deleted nor destroyed. */
  readonly isLive: boolean
  readonly isDestroyed: boolean
  /** When it was deleted, or will be. */
  readonly deletionTime?: string
}

/** What the engine says of a secret without its values. */
export interface KvMetadata {
  /** The newest version; undefined for a secret that was never written. */
  readonly current: KvVersionState | undefined
  /** All that are kept, newest first. */
  readonly versions: readonly KvVersionState[]
}

/** A version with what is in it. */
export interface KvData extends KvVersion {
  /** Undefined for a version that was deleted or destroyed. */
  readonly content: Readonly<Record<string, unknown>> | undefined
}

/** What a write answers. */
export interface KvWritten extends KvVersion {
  readonly customMetadata: Readonly<Record<string, unknown>>
}

/** The keys of one folder. */
export interface KvFolder {
  readonly keys: readonly string[]
  /** The server's clock when it answered, in whole seconds, as milliseconds since 1970. */
  readonly serverNowMs: number | undefined
}

/** The engine of KV version 2 at one mount and prefix, in the terms of its API. */
export interface KvEngine {
  /** The path of a credential that people see in policies and in `vault kv`: `secret/data/app/db/main`. */
  pathOf(kind: KvPathKind, id: string): string
  /** Undefined when there is no secret, or no such version. */
  readData(call: KvCall, id: string, version?: number): Promise<KvData | undefined>
  readMetadata(call: KvCall, id: string): Promise<KvMetadata | undefined>
  /** Writes the next version. `cas`: only over this one, 0: only where there is none. See {@link isCasMismatch} and {@link isCasRequired}. */
  write(call: KvCall, id: string, json: string, cas?: number): Promise<KvWritten>
  writeCustomMetadata(call: KvCall, id: string, tags: Readonly<Record<string, string>>): Promise<void>
  /** Hides versions (`delete`), shows them again (`undelete`) or removes their values for good (`destroy`). */
  changeVersions(
    call: KvCall,
    change: 'delete' | 'undelete' | 'destroy',
    id: string,
    versions: readonly number[],
  ): Promise<void>
  /** Removes the secret with all its versions. */
  remove(call: KvCall, id: string): Promise<void>
  /** `folder` is encoded, and ends with `/` unless it is empty. A folder that is not there has no keys. */
  listFolder(call: KvCall, folder: string): Promise<KvFolder>
}

/** The parts of the engine's API. */
export type KvPathKind = 'data' | 'metadata' | 'delete' | 'undelete' | 'destroy'

/** What a policy has to allow for each kind of request. */
const capabilities = {
  read: ['read'],
  write: ['create', 'update'],
  update: ['update'],
  remove: ['delete'],
  list: ['list'],
} as const

/** Makes a {@link KvEngine}. */
export const createKvEngine = (client: VaultClient, mount: string, prefix: string | undefined): KvEngine => {
  const below = prefix === undefined ? '' : `${prefix}/`
  const pathOf = (kind: KvPathKind, id: string): string => `${mount}/${kind}/${below}${encodeKvPath(id)}`
  const ask = async (
    { operation, signal }: KvCall,
    request: Pick<VaultCall, 'method' | 'path' | 'query' | 'body'>,
    needs: keyof typeof capabilities,
    site: Pick<FailureSite, 'id' | 'isWrite'>,
  ): Promise<VaultAnswer> => {
    const call = { ...request, ...site, operation, signal, capabilities: capabilities[needs] }
    try {
      return await client.call(call)
    } catch (error) {
      throw isCasMismatch(error) || isCasRequired(error) ? error : toHoldfastError(error, call)
    }
  }
  const stateOf = (number: number, fields: unknown, serverNowMs: number): KvVersionState => {
    const deletionTime = textIn(fields, 'deletion_time')
    const isDestroyed = Reflect.get(Object(fields), 'destroyed') === true
    return {
      number,
      createdTime: textIn(fields, 'created_time'),
      // An engine with delete_version_after says beforehand when that will be.
      isLive: !isDestroyed && (deletionTime === '' || Date.parse(deletionTime) > serverNowMs),
      isDestroyed,
      ...(deletionTime === '' ? {} : { deletionTime }),
    }
  }

  return {
    pathOf,
    async readData(call, id, version) {
      const path = pathOf('data', id)
      const query = version === undefined ? '' : `?version=${version}`
      const { status, body } = await ask(call, { method: 'GET', path, query }, 'read', { id })
      const data = dataOf(body)
      if (data === undefined) {
        if (status === 404) return undefined
        throw notKv2(call, id, mount)()
      }
      const metadata: unknown = Reflect.get(data, 'metadata')
      const content: unknown = Reflect.get(data, 'data')
      return { ...versionIn(metadata, notKv2(call, id, mount)), content: isRecord(content) ? content : undefined }
    },
    async readMetadata(call, id) {
      const { body, headers } = await ask(call, { method: 'GET', path: pathOf('metadata', id) }, 'read', { id })
      const data = dataOf(body)
      if (data === undefined) return undefined
      // Rounded up: what was deleted within the second of the answer is deleted.
      const endOfSecond = (serverNowOf(headers) ?? client.clock.wallNow()) + 1000
      const versions = Object.entries(Object(Reflect.get(data, 'versions')))
        .map(([number, fields]) => stateOf(Number(number), fields, endOfSecond))
        .sort((a, b) => b.number - a.number)
      const current: unknown = Reflect.get(data, 'current_version')
      return { current: versions.find(({ number }) => number === current), versions }
    },
    async write(call, id, json, cas) {
      const options = cas === undefined ? '' : `,"options":{"cas":${cas}}`
      const request = { method: 'POST', path: pathOf('data', id), body: `{"data":${json}${options}}` } as const
      const { body } = await ask(call, request, 'write', { id, isWrite: true })
      const data = dataOf(body)
      if (data === undefined) throw notKv2(call, id, mount)()
      return {
        ...versionIn(data, notKv2(call, id, mount)),
        customMetadata: Object(Reflect.get(data, 'custom_metadata')),
      }
    },
    async writeCustomMetadata(call, id, tags) {
      const body = JSON.stringify({ custom_metadata: tags })
      await ask(call, { method: 'POST', path: pathOf('metadata', id), body }, 'write', { id })
    },
    async changeVersions(call, change, id, versions) {
      const body = JSON.stringify({ versions })
      await ask(call, { method: 'POST', path: pathOf(change, id), body }, 'update', { id, isWrite: true })
    },
    async remove(call, id) {
      await ask(call, { method: 'DELETE', path: pathOf('metadata', id) }, 'remove', { id, isWrite: true })
    },
    async listFolder(call, folder) {
      const path = `${mount}/metadata/${below}${folder}`
      const { body, headers } = await ask(call, { method: 'GET', path, query: '?list=true' }, 'list', {})
      const keys: unknown = Reflect.get(Object(dataOf(body)), 'keys')
      return { keys: Array.isArray(keys) ? keys.map(String) : [], serverNowMs: serverNowOf(headers) }
    },
  }
}

/** The server's clock when it answered, rounded down to the second. */
const serverNowOf = ({ date }: VaultAnswer['headers']): number | undefined => {
  const ms = Date.parse(date ?? '')
  return Number.isNaN(ms) ? undefined : ms
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const dataOf = (body: unknown): Readonly<Record<string, unknown>> | undefined => {
  const data: unknown = Reflect.get(Object(body), 'data')
  return isRecord(data) ? data : undefined
}

const textIn = (fields: unknown, name: string): string => {
  const text: unknown = Reflect.get(Object(fields), name)
  return typeof text === 'string' ? text : ''
}

const versionIn = (fields: unknown, otherwise: () => HoldfastError): KvVersion => {
  const number: unknown = Reflect.get(Object(fields), 'version')
  if (typeof number === 'number') return { number, createdTime: textIn(fields, 'created_time') }
  throw otherwise()
}

/** KV version 1 takes the same paths, and answers them in another way. */
const notKv2 =
  ({ operation }: KvCall, id: string, mount: string) =>
  (): HoldfastError =>
    new HoldfastError({
      code: 'UNSUPPORTED',
      source,
      operation,
      message: `${operation} of ${JSON.stringify(id)} failed: what is mounted at ${mount} is no engine of KV version 2.`,
      hint: `Upgrade it with: vault kv enable-versioning ${mount}; or name another mount.`,
      details: { id, mount },
    })

/** The version that `cas` named is not the current one. */
export const isCasMismatch = (error: unknown): boolean => isRefusal(error, 400, /check-and-set parameter did not match/)

/** The secret or the engine takes only writes that name a version. */
export const isCasRequired = (error: unknown): boolean => isRefusal(error, 400, /check-and-set parameter required/)
