import { runBatch } from '@holdfast/contracts'
import type { Poll, PolledCredential, Version } from '@holdfast/contracts/credentials'
import { source } from './errors.ts'
import { type ListedSecret, listSecrets } from './list-secrets.ts'
import { readState } from './secret-state.ts'
import type { SecretStore } from './secret-store.ts'
import type { Call } from './secrets-api.ts'
import { versionTimeMs } from './version-id.ts'

/** How many secrets are asked about at the same time. */
const concurrency = 8

/** AWS tells some times in whole seconds. */
const secondMs = 1000

/**
 * Makes what `watch` polls with. A listing of AWS can be five minutes old and differ from one answer to the next, so it only
 * tells where to look: what differs from the last poll is asked about by itself, which AWS answers with what is true.
 */
export const createSecretPoll = (store: SecretStore): ((prefix: string, call: Call) => Promise<Poll>) => {
  const lastByPrefix = new Map<string, ReadonlyMap<string, Version>>()
  return async (prefix, call) => {
    const backendNowMs = store.clock.wallNow()
    const last = lastByPrefix.get(prefix)
    const listed = await listedBelow(store, call, prefix)
    const differing =
      last === undefined
        ? []
        : [
            ...[...listed].flatMap(([id, { state }]) => (last.get(id) === state.current ? [] : [id])),
            ...[...last.keys()].filter((id) => !listed.has(id)),
          ]
    const current = new Map([...listed].map(([id, secret]) => [id, polled(secret)]))
    const read = await runBatch(
      differing,
      (id) => id,
      (id) => readState(store, call, id),
      { concurrency, signal: call.signal, source, operation: call.operation },
    )
    for (const item of read.items) {
      if (!item.ok) throw item.error
      const listedSecret = listed.get(item.id)
      if (item.value.kind === 'present') {
        current.set(item.id, polled({ id: item.id, state: item.value, lastChangedMs: listedSecret?.lastChangedMs }))
      } else current.delete(item.id)
    }
    lastByPrefix.set(prefix, new Map([...current].map(([id, { version }]) => [id, version])))
    return { backendNowMs, credentials: current.values() }
  }
}

type PresentSecret = Pick<ListedSecret, 'id' | 'lastChangedMs'> & {
  readonly state: Extract<ListedSecret['state'], { readonly kind: 'present' }>
}

const listedBelow = async (store: SecretStore, call: Call, idPrefix: string): Promise<Map<string, PresentSecret>> => {
  const found = new Map<string, PresentSecret>()
  for await (const page of listSecrets(store, call, { idPrefix })) {
    for (const { id, state, lastChangedMs } of page) {
      if (state.kind === 'present') found.set(id, { id, state, lastChangedMs })
    }
  }
  return found
}

/** Our own versions say when they were made; of others it is known when their secret was changed last. */
const polled = ({ id, state, lastChangedMs }: PresentSecret): PolledCredential => ({
  id,
  version: state.current,
  storedAtMs: versionTimeMs(state.current) ?? (lastChangedMs === undefined ? undefined : lastChangedMs + secondMs - 1),
})
