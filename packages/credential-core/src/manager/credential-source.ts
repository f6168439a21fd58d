import { HoldfastError, type SecretValue } from '@holdfast/contracts'
import type { CredentialContext, CredentialSource, SourceChange } from '@holdfast/contracts/credentials'
import type { Credential } from './credential.ts'
import type { CredentialTarget, RetrieveCredentialOptions, WatchCredentialsOptions } from './credential-manager.ts'
import { leavableStream } from './leavable-stream.ts'
import type { ManagerCore } from './manager-core.ts'
import { readTarget } from './read-target.ts'

/** The calls of a view that a source stands on. */
export interface SourceView {
  retrieve<T extends SecretValue>(
    target: CredentialTarget<T>,
    options?: RetrieveCredentialOptions,
  ): Promise<Credential<T>>
  watch(
    options: WatchCredentialsOptions,
  ): AsyncIterable<{ readonly type: string; readonly id: string; readonly version?: string }>
}

/** Makes a source of one credential. */
export const createSource = <T extends SecretValue>(
  core: ManagerCore,
  view: SourceView,
  target: CredentialTarget<T>,
  context: CredentialContext | undefined,
): CredentialSource<T> => {
  const { id } = readTarget(target, 'source')

  const generateChanges = async function* (signal: AbortSignal): AsyncGenerator<SourceChange, void> {
    for await (const change of view.watch({ prefix: id, signal, context })) {
      if (change.type === 'resynced') yield await current()
      else if (change.id === id) yield change.version === undefined ? {} : { version: change.version }
    }
  }
  const watch = ({ signal }: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterable<SourceChange> =>
    leavableStream([signal], generateChanges)
  /** After a gap nothing is known: says what is there now. */
  const current = async (): Promise<SourceChange> => {
    try {
      return { version: (await view.retrieve(id, { context, fresh: true })).version }
    } catch (error) {
      if (HoldfastError.is(error, 'NOT_FOUND')) return {}
      throw error
    }
  }

  return {
    async retrieve({ fresh, signal, deadline } = {}) {
      const { value, version, metadata } = await view.retrieve(target, { fresh, signal, deadline, context })
      return { value, version, ...(metadata.expiresAt === undefined ? {} : { expiresAt: metadata.expiresAt }) }
    },
    ...(core.storage.capabilities.watch ? { watch } : {}),
  }
}
