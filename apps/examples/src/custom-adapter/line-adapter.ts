// #region adapter
import { abortable, HoldfastError, throwIfAborted, toTimestamp } from '@holdfast/contracts'
import type { ResourceAdapter } from '@holdfast/contracts/resources'
import { isLost, source, toHoldfastError } from './errors.ts'
import { LineClient } from './line-client.ts'

/** Options of {@link createLineAdapter}. */
export interface LineAdapterOptions {
  readonly host: string
  readonly port: number
}

/** Makes connections to a line server; their password comes from the pool's credential source `password`. */
export const createLineAdapter = ({ host, port }: LineAdapterOptions): ResourceAdapter<LineClient> => ({
  name: 'line',
  isolatesTenants: true,
  async create({ credentials: { password }, signal }) {
    throwIfAborted(signal, { source, operation: 'create' })
    if (password === undefined) throw missingPassword()
    const client = new LineClient(host, port)
    try {
      await ask('create', signal, () => client.request(`login ${String(password.value.reveal())}`))
      return client
    } catch (error) {
      client.destroy() // whatever went wrong: nobody else knows of it
      throw error
    }
  },
  async validate(client, { signal }) {
    return (await ask('validate', signal, () => client.request('ping'))) === 'ok'
  },
  async reset(client, { signal }) {
    await ask('reset', signal, () => client.request('reset'))
  },
  async destroy(client, { signal }) {
    try {
      await ask('destroy', signal, () => client.request('quit'))
    } catch {
      // A goodbye is a courtesy: the connection is broken, or there is no time for one.
    } finally {
      client.destroy()
    }
  },
  isBroken: isLost,
  async health(client, { signal }) {
    const startedAt = performance.now()
    const problem = await ask('health', signal, () => client.request('ping')).then(
      () => undefined,
      (error: HoldfastError) => error,
    )
    if (signal?.aborted) throw problem
    const probe = { latencyMs: performance.now() - startedAt, checkedAt: toTimestamp(Date.now()) }
    return problem === undefined ? { status: 'up', ...probe } : { status: 'down', reason: problem.message, ...probe }
  },
})
// #endregion adapter

// #region ask
/** What every question to the other side has in common: given up at once when it is aborted, and only errors of ours. */
const ask = async (
  operation: string,
  signal: AbortSignal | undefined,
  question: () => Promise<string>,
): Promise<string> => {
  throwIfAborted(signal, { source, operation })
  try {
    return await abortable(question(), signal, { source, operation })
  } catch (error) {
    throw toHoldfastError(error, operation)
  }
}
// #endregion ask

const missingPassword = (): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    source,
    operation: 'create',
    message: 'The pool has no credential called password.',
    hint: 'Give createPool the option credentials: { password: source }.',
  })
