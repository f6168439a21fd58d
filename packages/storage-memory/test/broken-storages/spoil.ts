import { type CallOptions, HoldfastError } from '@holdfast/contracts'
import type { AnyCredentialStorage, CredentialSummary, StoredCredential } from '@holdfast/contracts/credentials'
import type { MemoryStorage } from '../../src/index.ts'

/** An error as a driver would make it. */
export const error = (code: HoldfastError['code'], operation: string, message = 'It failed.'): HoldfastError =>
  new HoldfastError({ code, source: 'broken', operation, message, hint: 'Mend it.' })

/** The options without their signal. */
export const withoutSignal = <O extends CallOptions>(options: O | undefined): O =>
  // Only the signal is replaced, by nothing, which every options type allows.
  ({ ...options, signal: undefined }) as O

/** The options without their condition. */
export const withoutCondition = <O extends { ifVersion?: unknown }>(options: O | undefined): O =>
  // Only the condition is replaced, by nothing, which every options type allows.
  ({ ...options, ifVersion: undefined }) as O

/** The same storage under ids that were changed on their way in, and are put right on their way out. */
export const renaming = (sound: MemoryStorage, rename: (id: string) => string): AnyCredentialStorage => {
  const original = (id: string, found: StoredCredential): StoredCredential => ({
    ...found,
    metadata: { ...found.metadata, id },
  })
  return {
    ...sound,
    store: (id, { metadata, value }, options) =>
      sound.store(rename(id), { metadata: { ...metadata, id: rename(id) }, value }, options),
    retrieve: async (id, options) => original(id, await sound.retrieve(rename(id), options)),
    exists: (id, options) => sound.exists(rename(id), options),
    delete: (id, options) => sound.delete(rename(id), options),
  }
}

/** Changes what `retrieve` answers. */
export const retrieving = (
  sound: MemoryStorage,
  change: (found: StoredCredential) => StoredCredential,
): AnyCredentialStorage => ({
  ...sound,
  retrieve: async (id, options) => change(await sound.retrieve(id, options)),
})

/** Changes what a listing yields. */
export const listing = (
  sound: MemoryStorage,
  list: (options: Parameters<MemoryStorage['list']>[0]) => AsyncIterable<CredentialSummary>,
): AnyCredentialStorage => ({ ...sound, list })

/** Writes differently. */
export const storing = (sound: MemoryStorage, store: MemoryStorage['store']): AnyCredentialStorage => ({
  ...sound,
  store,
})

/** Watches differently. */
export const watching = (sound: MemoryStorage, watch: MemoryStorage['watch']): AnyCredentialStorage => ({
  ...sound,
  watch,
})

/** Claims other capabilities. */
export const claiming = (
  sound: MemoryStorage,
  claims: Partial<MemoryStorage['capabilities']>,
): AnyCredentialStorage => ({
  ...sound,
  capabilities: { ...sound.capabilities, ...claims },
})
