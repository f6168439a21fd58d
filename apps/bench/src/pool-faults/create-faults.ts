import { setTimeout as delay } from 'node:timers/promises'
import { CreateScript, mostAttempts } from './create-script.ts'
import { attempt, type Fault, outcome, right, wrong } from './fault.ts'
import type { ProbedPool } from './probed-pool.ts'

/** Attempts for each caller that may be made in half a second, with room for a retry or two of each. */
const fewAttempts = 10

const storm = (name: string, fate: ConstructorParameters<typeof CreateScript>[0], callers: number): Fault => ({
  name,
  right: `no more than ${fewAttempts} attempts a caller in half a second`,
  needs: ['failing creates'],
  async probe({ open }) {
    const script = new CreateScript(fate)
    const pool = await open({ maxSize: callers, script, acquireTimeoutMs: 400 })
    const startedAt = performance.now()
    const calls = Array.from({ length: callers }, () => attempt(() => pool.acquire()))
    await delay(500)
    const tookMs = Math.round(performance.now() - startedAt)
    const { attempts } = script
    await Promise.race([Promise.all(calls), delay(100)])
    const what =
      attempts > mostAttempts
        ? `a loop that gives nothing else a turn, stopped after ${mostAttempts} attempts`
        : `${attempts} attempts in ${tookMs} ms`
    return attempts <= fewAttempts * callers ? right(what) : wrong(what)
  },
})

/** Creates that fail, hang, throw, come too late, or come all at once. */
export const createFaults: readonly Fault[] = [
  storm('server refuses at once, 1 caller', () => 'refuses', 1),
  storm('server refuses after 5 ms, 10 callers', () => ({ refusesAfterMs: 5 }), 10),
  {
    name: 'why creates fail',
    right: 'the caller’s error says it',
    needs: ['failing creates'],
    async probe({ open }) {
      const script = new CreateScript(() => ({ refusesAfterMs: 5 }))
      const pool = await open({ maxSize: 1, script, acquireTimeoutMs: 300 })
      const ended = await outcome(() => pool.acquire(), 2000)
      if (ended.kind !== 'rejected') return wrong('the caller is told nothing for 2 s')
      return /ECONN|refused|terminated|closed the connection|lost/i.test(told(ended.error))
        ? right()
        : wrong(`it says: ${told(ended.error)}`)
    },
  },
  {
    name: 'creates that hang',
    right: 'their places are free again after a time',
    needs: ['failing creates'],
    async probe({ open }) {
      const script = new CreateScript((number) => (number <= 2 ? 'hangs' : 'works'))
      const pool = await open({ maxSize: 2, script, createTimeoutMs: 100, acquireTimeoutMs: 300 })
      for (let count = 0; count < 2; count++) void attempt(() => comeAndGo(pool))
      await delay(500)
      return (await isServed(pool)) ? right() : wrong('both places are lost')
    },
  },
  {
    name: 'creates that throw at once',
    right: 'as if they had rejected',
    needs: ['throwing creates'],
    async probe({ open }) {
      const script = new CreateScript((number) => (number <= 2 ? 'throws' : 'works'))
      const pool = await open({ maxSize: 2, script, acquireTimeoutMs: 300 })
      let thrown = false
      for (let count = 0; count < 2; count++) {
        try {
          comeAndGo(pool).catch(() => {})
        } catch {
          thrown = true
        }
        await delay(20)
      }
      await delay(400)
      if (!(await isServed(pool))) return wrong(`places are lost${thrown ? ', acquire throws' : ''}`)
      return thrown ? wrong('acquire throws instead of rejecting') : right()
    },
  },
  {
    name: 'a create nobody waits for any more',
    right: 'is kept for the next caller',
    needs: ['slow creates', 'acquire timeout'],
    async probe({ open }) {
      const script = new CreateScript(() => ({ worksAfterMs: 150 }))
      const pool = await open({ maxSize: 2, script, acquireTimeoutMs: 50, createTimeoutMs: 2000 })
      await attempt(() => comeAndGo(pool))
      await delay(300)
      const next = await outcome(() => pool.acquire(), 2000)
      return next.kind === 'resolved' && script.attempts === 1
        ? right()
        : wrong(`the next caller waits for create ${script.attempts}`)
    },
  },
  {
    name: '20 callers of an empty pool',
    right: 'a few creates at the same time, not 20',
    needs: ['slow creates'],
    async probe({ open }) {
      const script = new CreateScript(() => ({ worksAfterMs: 100 }))
      const pool = await open({ maxSize: 20, script })
      await outcome(() => Promise.all(Array.from({ length: 20 }, () => pool.acquire())), 5000)
      const what = `${script.peakRunning} at once`
      return script.peakRunning <= 5 ? right(what) : { kind: 'not offered', what }
    },
  },
]

/** Acquires, and gives back what it gets. A pool that throws at once does so here too. */
const comeAndGo = (pool: ProbedPool): Promise<unknown> => pool.acquire().then((held) => held.release())

/** Whether one of a few callers gets a resource: on a busy machine one may come too early. */
const isServed = async (pool: ProbedPool): Promise<boolean> => {
  for (let count = 0; count < 4; count++) {
    if ((await outcome(() => comeAndGo(pool), 1000)).kind === 'resolved') return true
    await delay(100)
  }
  return false
}

/** Codes and messages of an error and of its causes. */
const told = (error: unknown): string => {
  if (typeof error !== 'object' || error === null) return ''
  const own = ['code', 'message'].map((name): unknown => Reflect.get(error, name)).filter((each) => each !== undefined)
  return [own.join(' '), told(Reflect.get(error, 'cause'))].filter((each) => each !== '').join('; ')
}
