import { HoldfastError } from '@holdfast/contracts'
import { describeWithServer } from '@holdfast/test-servers'
import { createTcpProxy, seededTcpFaults, type TcpProxy } from '@holdfast/testkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Policy, retry, standard } from '../src/index.ts'
import { printFigure } from './print-figure.ts'
import { askOnNewConnection } from './redis-calls.ts'

const policy = { retries: 3, baseDelayMs: 10 } as const
/** Thousands of connections take their time on a machine that is busy, in milliseconds. */
const longTest = 300_000
/** Never opens: what is counted is what the retries do by themselves. */
const patient = { trip: { kind: 'consecutive', failures: 1_000_000 } } as const

const policies: readonly (readonly [string, () => Policy])[] = [
  ['standard', () => standard({ retry: policy })],
  ['standard whose circuit stays closed', () => standard({ retry: policy, breaker: patient })],
  ['retry alone', () => retry({ policy })],
]

describeWithServer('redis', (server) => {
  const redisUrl = server.settings.REDIS_URL ?? ''
  let proxy: TcpProxy
  beforeEach(async () => {
    proxy = await createTcpProxy({ target: redisUrl, captureBytes: 0 })
  })
  afterEach(() => proxy.close())

  const succeeds = (call: Promise<unknown>): Promise<boolean> =>
    call.then(
      () => true,
      (error: unknown) => {
        // Whatever else it were would be no answer to the question.
        if (!HoldfastError.is(error, 'UNAVAILABLE')) throw error
        return false
      },
    )

  it.each(policies)('a dead Redis is asked at most 1.1 times per call by %s', async (name, create) => {
    const { execute } = create()
    const work = askOnNewConnection(proxy.through(redisUrl), 'absent')
    await proxy.setFault({ kind: 'reset' })
    // 1000 calls, spread over the two seconds for which Redis is down, each at its time whatever becomes of the others.
    const calls: Promise<boolean>[] = []
    const beganAtMs = performance.now()
    for (let tick = 0; tick < 20; tick++) {
      for (let call = 0; call < 50; call++) calls.push(succeeds(execute(work)))
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const succeeded = (await Promise.all(calls)).filter(Boolean).length
    // A busy machine takes longer than two seconds for it, and a token comes back with each second.
    const tokensOfDelay = Math.max(0, (performance.now() - beganAtMs) / 1000 - 2)
    const perCall = (proxy.accepted - tokensOfDelay) / calls.length
    printFigure(`attempts per call with Redis down for 2 s, ${name}`, perCall.toFixed(3))
    expect([calls.length, succeeded]).toEqual([1000, 0])
    expect(perCall).toBeLessThanOrEqual(1.1)
    expect(proxy.accepted).toBeGreaterThan(0)
  })

  it('a lone call to a dead Redis uses all its retries', async () => {
    const { execute } = standard({ retry: policy })
    await proxy.setFault({ kind: 'reset' })
    expect(await succeeds(execute(askOnNewConnection(proxy.through(redisUrl), 'absent')))).toBe(false)
    expect(proxy.accepted).toBe(4)
  })

  it.each(policies)(
    '999 of 1000 calls succeed by %s when 1 connection in 20 is reset',
    { timeout: longTest },
    async (name, create) => {
      const { execute } = create()
      const work = askOnNewConnection(proxy.through(redisUrl), 'absent')
      await proxy.setPlan(seededTcpFaults({ seed: 5, rate: 0.05 }))
      const callCount = 2000
      let begun = 0
      let succeeded = 0
      const caller = async (): Promise<void> => {
        while (begun < callCount) {
          begun += 1
          if (await succeeds(execute(work))) succeeded += 1
        }
      }
      await Promise.all(Array.from({ length: 16 }, caller))
      const share = (succeeded / callCount) * 100
      printFigure(`calls that succeed at 5 % of failures, ${name}`, `${share.toFixed(2)} %`)
      printFigure(`attempts per call at 5 % of failures, ${name}`, (proxy.accepted / callCount).toFixed(3))
      // That there were failures, about as many as planned: 100 with a standard deviation of 10, six of them to either side.
      expect(Math.abs(proxy.accepted - callCount - 105)).toBeLessThan(65)
      expect(share).toBeGreaterThanOrEqual(99.9)
    },
  )
})
