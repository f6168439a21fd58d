import { hash, randomUUID } from 'node:crypto'
import {
  type CredentialMetadata,
  type CredentialRecord,
  type CredentialSummary,
  createEncodedNames,
  credentialMetadataProblem,
  type EncodedNames,
  type UnreadableDocument,
} from '@holdfast/contracts/credentials'
import { labelsOfTags } from './labels.ts'

/** Object names are DNS subdomains of up to 253 characters (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names). */
const maxNameLength = 253

/** Most bytes of all data of a secret (https://kubernetes.io/docs/concepts/configuration/secret/#restriction-data-size). */
export const maxValueBytes = 1024 * 1024

const metadataAnnotation = 'holdfast.dev/metadata'
/** Differs with every write: the API server gives no new version to a write that changes nothing. */
const writeAnnotation = 'holdfast.dev/write'
const dataKey = 'value'

/** A secret as the API shows it; partial objects have no data. */
export interface SecretObject {
  readonly metadata: {
    readonly name: string
    readonly resourceVersion?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly managedFields?: readonly { readonly time?: string }[]
    readonly creationTimestamp?: string
  }
  readonly data?: Readonly<Record<string, string>>
}

/** What every secret of a storage has. */
export interface SecretTemplate {
  readonly prefix: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly immutable: boolean
}

/** Makes the names of the secrets of a storage. */
export const createSecretNames = (prefix: string): EncodedNames =>
  createEncodedNames({ prefix, maxLength: maxNameLength, hash: (text) => hash('sha256', text, 'hex') })

/** The labels by which the secrets of a storage are selected. */
export const storeLabels = (prefix: string): Readonly<Record<string, string>> => ({
  'app.kubernetes.io/managed-by': 'holdfast',
  // Too long for a label it is cut; names decide what is ours.
  'holdfast.dev/store': prefix.slice(0, 63).replace(/-+$/, ''),
})

/** The secret to store for a record; with a version only over that one. */
export const toSecretObject = (
  name: string,
  { metadata, value }: CredentialRecord,
  { prefix, labels, annotations, immutable }: SecretTemplate,
  resourceVersion: string | undefined,
): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'Opaque',
  ...(immutable ? { immutable: true } : {}),
  metadata: {
    name,
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    labels: { ...labelsOfTags(metadata.tags), ...labels, ...storeLabels(prefix) },
    annotations: { ...annotations, [metadataAnnotation]: JSON.stringify(metadata), [writeAnnotation]: randomUUID() },
  },
  data: { [dataKey]: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') },
})

/** What a listed secret is: id, version and metadata; without the last two where they cannot be read; undefined when it is not ours. */
export const readSummary = (names: EncodedNames, { metadata: object }: SecretObject): CredentialSummary | undefined => {
  const id = names.idOf(object.name)
  if (id === undefined && !names.isHash(object.name)) return undefined
  const metadata = readMetadata(object.annotations, id)
  if ('problem' in metadata) return id === undefined ? undefined : { id }
  // A hash that is not that of its metadata was put there by somebody else.
  if (id === undefined && names.nameOf(metadata.id) !== object.name) return undefined
  return { id: metadata.id, version: object.resourceVersion ?? '', metadata }
}

/** The record in a secret. */
export const readRecord = (
  id: string,
  { metadata: object, data }: SecretObject,
): CredentialRecord | UnreadableDocument => {
  const metadata = readMetadata(object.annotations, id)
  if ('problem' in metadata) return metadata
  const value = data?.[dataKey]
  // An empty value is left out of the answer by the API server.
  if (value === undefined && Object.keys(data ?? {}).length > 0) return { problem: `it has no data ${dataKey}` }
  return { metadata, value: new Uint8Array(Buffer.from(value ?? '', 'base64')) }
}

const readMetadata = (
  annotations: Readonly<Record<string, string>> | undefined,
  id: string | undefined,
): CredentialMetadata | UnreadableDocument => {
  const metadata = parse(annotations?.[metadataAnnotation])
  if (metadata === undefined) return { problem: `it has no annotation ${metadataAnnotation}` }
  const problem = credentialMetadataProblem(metadata, id ?? String(Reflect.get(Object(metadata), 'id')))
  // Its shape has just been looked at.
  return problem === undefined ? (metadata as CredentialMetadata) : { problem }
}

const parse = (json: string | undefined): unknown => {
  try {
    return json === undefined ? undefined : JSON.parse(json)
  } catch {
    return undefined
  }
}
