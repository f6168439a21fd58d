import { type HealthReport, type HealthStatus, toTimestamp } from '@holdfast/contracts'
import { toHoldfastError } from './errors.ts'
import type { VaultClient } from './vault-client.ts'
import { isRefusal } from './vault-refusal.ts'

/** Longest that a probe takes in milliseconds, so that there is a verdict within 2 seconds (specification 001, SC-005). */
const probeTimeoutMs = 1500

interface Verdict {
  readonly status: HealthStatus
  readonly reason?: string
  readonly details?: NonNullable<HealthReport['details']>
}

/**
 * Asks three things at the same time: how the server is, whether it knows the token, and what is mounted. `place` is the
 * path that data is read below.
 */
export const checkHealth = async (
  client: VaultClient,
  mount: string,
  place: string,
  signal: AbortSignal,
): Promise<HealthReport> => {
  const { clock } = client
  const startedAt = clock.monotonicNow()
  const late = new AbortController()
  const timer = clock.setTimer(() => late.abort(), probeTimeoutMs)
  const ended = AbortSignal.any([late.signal, signal])
  try {
    const [server, token, engine] = await Promise.all([
      probeServer(client, ended),
      probeToken(client, ended),
      probeMount(client, mount, place, ended),
    ])
    // What is wrong with the server explains what is wrong with the rest.
    const verdict = [server, token, engine].find(({ status }) => status === 'down') ?? server
    const inTime = !late.signal.aborted || verdict.status !== 'down'
    return {
      ...(inTime ? verdict : { status: 'down', reason: `The server did not answer within ${probeTimeoutMs} ms.` }),
      latencyMs: clock.monotonicNow() - startedAt,
      checkedAt: toTimestamp(clock.wallNow()),
    }
  } finally {
    timer.cancel()
  }
}

const down = (error: unknown): Verdict => ({
  status: 'down',
  reason: toHoldfastError(error, { operation: 'health' }).message,
})

const probeServer = async ({ transport }: VaultClient, signal: AbortSignal): Promise<Verdict> => {
  try {
    const query = '?standbycode=200&sealedcode=200&uninitcode=200&performancestandbycode=200&drsecondarycode=200'
    const { body } = await transport.ask({
      method: 'GET',
      path: 'sys/health',
      query,
      signals: [signal],
      isRooted: true,
    })
    const says = (name: string): boolean => Reflect.get(Object(body), name) === true
    const version: unknown = Reflect.get(Object(body), 'version')
    if (typeof version !== 'string') return { status: 'down', reason: 'What answers at address is not Vault.' }
    const details = { version, standby: says('standby'), sealed: says('sealed') }
    if (!says('initialized')) return { status: 'down', reason: 'The server is not initialised.', details }
    if (details.sealed) return { status: 'down', reason: 'The server is sealed.', details }
    if (!details.standby && !says('performance_standby')) return { status: 'up', details }
    return { status: 'degraded', reason: 'The server is a standby: the active node answers in its place.', details }
  } catch (error) {
    return down(error)
  }
}

const probeToken = async ({ tokens }: VaultClient, signal: AbortSignal): Promise<Verdict> => {
  try {
    const token = tokens.held() ?? (await tokens.acquire('health', signal))
    const verdict = await tokens.judge(token, 'health', signal)
    return verdict === 'invalid'
      ? { status: 'down', reason: 'The server does not accept the token.' }
      : { status: 'up' }
  } catch (error) {
    return down(error)
  }
}

const probeMount = async (client: VaultClient, mount: string, place: string, signal: AbortSignal): Promise<Verdict> => {
  const ask = (path: string) => client.call({ method: 'GET', path, operation: 'health', signal })
  try {
    const { body } = await ask(`sys/internal/ui/mounts/${mount}`)
    const data: unknown = Reflect.get(Object(body), 'data')
    const version: unknown = Reflect.get(Object(Reflect.get(Object(data), 'options')), 'version')
    const isKv2 = Reflect.get(Object(data), 'type') === 'kv' && version === '2'
    return isKv2
      ? { status: 'up' }
      : { status: 'down', reason: `What is mounted at ${mount} is no engine of KV version 2.` }
  } catch (error) {
    if (!isRefusal(error, 403)) return down(error)
  }
  // The server says the same of a mount that is not there and of one that the token may not see.
  try {
    await ask(`${place}/holdfast-health`)
    return { status: 'up' }
  } catch (error) {
    return isRefusal(error, 403) ? { status: 'up' } : down(error)
  }
}
