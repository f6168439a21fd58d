import { HoldfastError, systemClock } from '@holdfast/contracts'
import { describeWithServer } from '@holdfast/test-servers'
import { createTcpProxy, type TcpFault, type TcpProxy, type TcpRefusal } from '@holdfast/testkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { circuitBreaker, standard } from '../src/index.ts'
import { askOnNewConnection } from './redis-calls.ts'

const openMs = 60_000
const breaker = { trip: { kind: 'consecutive', failures: 3 }, openMs } as const

/** The clock of the machine, which can be told that time has passed. */
const createSkippingClock = () => {
  let skippedMs = 0
  return {
    ...systemClock,
    monotonicNow: () => systemClock.monotonicNow() + skippedMs,
    skip(byMs: number) {
      skippedMs += byMs
    },
  }
}

const outcomeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'OK',
    (error: unknown) => (HoldfastError.is(error) ? (error.reason ?? error.code) : String(error)),
  )

describeWithServer('redis', (server) => {
  const redisUrl = server.settings.REDIS_URL ?? ''
  let proxy: TcpProxy
  beforeEach(async () => {
    proxy = await createTcpProxy({ target: redisUrl })
  })
  afterEach(() => proxy.close())
  const askThrough = (through: TcpProxy) => askOnNewConnection(through.through(redisUrl), 'absent')

  it.each<[string, TcpFault | TcpRefusal]>([
    ['resets', { kind: 'reset' }],
    ['refuses', { kind: 'refuse' }],
    ['stalls', { kind: 'stall' }],
    ['drops', { kind: 'drop' }],
  ])('the circuit opens when Redis %s, keeps away from it, probes, and closes when it is back', async (_, fault) => {
    const clock = createSkippingClock()
    const policy = standard({ timeoutMs: 30_000, retry: { retries: 0 }, breaker, clock })
    const states: string[] = []
    policy.circuits.on('circuit.changed', ({ state }) => states.push(state))
    let isDown = false
    // A healthy Redis on a busy machine is given its time; from one that is silent nothing comes however long one waits.
    const ask = (): Promise<string> =>
      outcomeOf(policy.execute(askThrough(proxy), isDown ? { deadline: clock.monotonicNow() + 100 } : {}))
    const asked = async (times: number): Promise<ReadonlySet<string>> => {
      const outcomes = new Set<string>()
      for (let time = 0; time < times; time++) outcomes.add(await ask())
      return outcomes
    }
    const failure = fault.kind === 'reset' || fault.kind === 'refuse' ? 'UNAVAILABLE' : 'DEADLINE_EXCEEDED'

    expect(await asked(5)).toEqual(new Set(['OK']))
    await proxy.setFault(fault)
    isDown = failure === 'DEADLINE_EXCEEDED'
    expect(await asked(3)).toEqual(new Set([failure]))
    expect(policy.state()).toBe('open')
    const { accepted } = proxy
    expect(await asked(100)).toEqual(new Set(['CIRCUIT_OPEN']))
    expect(proxy.accepted).toBe(accepted)

    clock.skip(openMs)
    expect(await ask()).toBe(failure)
    expect(await ask()).toBe('CIRCUIT_OPEN')
    await proxy.setFault({ kind: 'pass' })
    isDown = false
    expect(await ask()).toBe('CIRCUIT_OPEN')
    clock.skip(openMs)
    expect(await asked(5)).toEqual(new Set(['OK']))
    expect(states).toEqual(['open', 'half-open', 'open', 'half-open', 'closed'])
    expect(proxy.accepted).toBe(accepted + (fault.kind === 'refuse' ? 5 : 6))
  })

  it('keeps the circuits of two servers apart', async () => {
    await using other = await createTcpProxy({ target: redisUrl })
    const policy = circuitBreaker({ ...breaker, perKey: true })
    const ask = (through: TcpProxy): Promise<string> =>
      outcomeOf(policy.execute(askThrough(through), { key: `${through.host}:${through.port}` }))
    await proxy.setFault({ kind: 'reset' })
    const outcomes: string[] = []
    for (let round = 0; round < 4; round++) outcomes.push(await ask(proxy), await ask(other))
    expect(outcomes).toEqual([...Array(3).fill(['UNAVAILABLE', 'OK']).flat(), 'CIRCUIT_OPEN', 'OK'])
    expect(policy.state(`${proxy.host}:${proxy.port}`)).toBe('open')
    expect(policy.state(`${other.host}:${other.port}`)).toBe('closed')
  })

  it('gives the place of a probe that was aborted to the next one', async () => {
    const clock = createSkippingClock()
    const policy = circuitBreaker({ ...breaker, clock })
    await proxy.setFault({ kind: 'reset' })
    for (let call = 0; call < 3; call++) await outcomeOf(policy.execute(askThrough(proxy)))
    clock.skip(openMs)
    await proxy.setFault({ kind: 'stall' })
    const controller = new AbortController()
    const probe = outcomeOf(policy.execute(askThrough(proxy), { signal: controller.signal }))
    await proxy.until(({ connections }) => connections.length === 1)
    expect(await outcomeOf(policy.execute(askThrough(proxy)))).toBe('CIRCUIT_OPEN')
    controller.abort()
    expect(await probe).toBe('CANCELLED')
    expect(policy.state()).toBe('half-open')
    await proxy.setFault({ kind: 'pass' })
    expect(await outcomeOf(policy.execute(askThrough(proxy)))).toBe('OK')
    expect(policy.state()).toBe('closed')
  })
})
