import { abortable, type HealthReport, toTimestamp } from '@holdfast/contracts'
import { conditionOf, source, toHoldfastError } from './errors.ts'
import { rootOf } from './secret-name.ts'
import type { SecretStore } from './secret-store.ts'
import type { Call } from './secrets-api.ts'

/** How long a probe may take in milliseconds: a verdict comes in less than two seconds. */
const probeMs = 1500

/** Asks about a secret that cannot exist: that it is not found shows that region, credentials and permissions work. */
export const checkHealth = async (store: SecretStore, call: Call): Promise<HealthReport> => {
  const { clock } = store
  const startedAt = clock.monotonicNow()
  const late = new AbortController()
  const timer = clock.setTimer(() => late.abort(new DOMException('too late', 'TimeoutError')), probeMs)
  const signal = AbortSignal.any([call.signal, late.signal])
  let reason: string | undefined
  try {
    const probe = store.api.describeSecret({ ...call, signal }, { SecretId: `${rootOf(store.prefix)}=probe` })
    await abortable(probe, signal, { source, operation: 'health' })
  } catch (error) {
    if (call.signal.aborted) throw error
    if (late.signal.aborted) reason = `AWS did not answer within ${probeMs} ms.`
    else if (conditionOf(error)?.code !== 'NOT_FOUND') {
      reason = toHoldfastError(error, { operation: 'health', action: 'secretsmanager:DescribeSecret' }).message
    }
  } finally {
    timer.cancel()
  }
  const probe = { latencyMs: clock.monotonicNow() - startedAt, checkedAt: toTimestamp(clock.wallNow()) }
  return reason === undefined ? { status: 'up', ...probe } : { status: 'down', reason, ...probe }
}
