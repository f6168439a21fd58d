import { apiKey } from './api-key.ts'
import { awsKeys } from './aws-keys.ts'
import { basic } from './basic.ts'
import { bearer } from './bearer.ts'
import type { CredentialKind, KindDefinition } from './credential-kind.ts'
import { database } from './database.ts'
import { opaque } from './opaque.ts'
import { sshKey } from './ssh-key.ts'
import { tlsCertificate } from './tls-certificate.ts'

/** The kinds that every manager knows. */
export const builtInKinds: readonly CredentialKind[] = [
  opaque,
  apiKey,
  basic,
  bearer,
  database,
  tlsCertificate,
  sshKey,
  awsKeys,
]

/** The kinds of one manager, by name. */
export type KindRegistry = ReadonlyMap<string, KindDefinition>

/** The built-in kinds and those given. A later one of the same name is left out: the manager's options have refused it before. */
export const createKindRegistry = (kinds: readonly CredentialKind[]): KindRegistry => {
  const registry = new Map<string, KindDefinition>()
  for (const { definition } of [...builtInKinds, ...kinds]) {
    if (!registry.has(definition.name)) registry.set(definition.name, definition)
  }
  return registry
}
