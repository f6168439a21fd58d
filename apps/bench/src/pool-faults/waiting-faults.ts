import { createHook } from 'node:async_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { CreateScript } from './create-script.ts'
import { attempt, type Fault, outcome, right, wrong } from './fault.ts'
import type { Checked, Held, ProbedPool } from './probed-pool.ts'

/** How long a caller may wait beyond its limit on a busy machine, in milliseconds. */
const slackMs = 400

/** Callers that wait: too long, in vain, out of turn, or at a price. */
export const waitingFaults: readonly Fault[] = [
  {
    name: 'what a caller waits for fails again and again',
    right: 'the limit of 300 ms holds for all of it',
    needs: ['acquire timeout', 'validation'],
    async probe({ open }) {
      const checked: Checked = { isGood: true }
      const script = new CreateScript((number) => (number <= 3 ? 'works' : { refusesAfterMs: 120 }))
      const pool = await open({ maxSize: 3, script, acquireTimeoutMs: 300, checked })
      const held = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])
      for (const each of held) await each.release()
      // Longer ago than resources are trusted without a check.
      await delay(50)
      checked.isGood = false
      const ended = await outcome(() => pool.acquire(), 4000)
      return ended.afterMs <= 300 + slackMs ? right() : wrong(`waited ${ended.afterMs} ms`)
    },
  },
  {
    name: 'an acquire is given up',
    right: 'rejects at once, and its turn goes to the next',
    needs: ['abort'],
    async probe({ open }) {
      const pool = await open({ maxSize: 1, script: new CreateScript(() => 'works') })
      const holder = await pool.acquire()
      const controller = new AbortController()
      const given = outcome(() => pool.acquire(controller.signal), 1000)
      const next = outcome(() => pool.acquire(), 2000)
      await delay(20)
      controller.abort()
      const { kind, afterMs } = await given
      await holder.release()
      if (kind !== 'rejected') return wrong('it goes on waiting')
      if ((await next).kind !== 'resolved') return wrong('its turn is lost')
      return afterMs <= 20 + slackMs ? right() : wrong(`after ${afterMs} ms`)
    },
  },
  {
    name: 'a newcomer, while somebody waits',
    right: 'comes after who waits, whenever it comes',
    needs: [],
    async probe({ open }) {
      const pool = await open({ maxSize: 1, script: new CreateScript(() => 'works') })
      for (let turns = 0; turns < 12; turns++) {
        const order = await orderOfTwo(pool, turns)
        if (order !== 'waiter newcomer') return wrong(`${turns} turns after the release it is served first`)
      }
      return right()
    },
  },
  {
    name: 'given back just as a caller’s time is over',
    right: 'the resource is there for the next',
    needs: ['acquire timeout'],
    async probe({ open }) {
      const pool = await open({ maxSize: 1, script: new CreateScript(() => 'works'), acquireTimeoutMs: 20 })
      for (let round = 0; round < 20; round++) {
        const holder = await outcome(() => pool.acquire(), 2000)
        if (holder.kind !== 'resolved') return wrong(`it is lost after ${round} rounds`)
        const waiter = attempt(async () => (await pool.acquire()).release())
        // Just before the timer in some rounds, just after it in others, in the same turn of the event loop.
        const until = performance.now() + 18 + (round % 5)
        await delay(10)
        while (performance.now() < until) await undefined
        await holder.value.release()
        await Promise.race([waiter, delay(200)])
        // Whoever it is handed to has got it by then.
        await delay(2)
      }
      return right()
    },
  },
  {
    name: '1000 callers wait',
    right: 'with one timer for all',
    needs: ['acquire timeout'],
    async probe({ open }) {
      const pool = await open({ maxSize: 1, script: new CreateScript(() => 'works'), acquireTimeoutMs: 5000 })
      const holder = await pool.acquire()
      let timers = 0
      const hook = createHook({
        init(_id, type) {
          if (type === 'Timeout') timers += 1
        },
      }).enable()
      const served = Array.from({ length: 1000 }, async () => (await pool.acquire()).release())
      await delay(20)
      await holder.release()
      const all = await outcome(() => Promise.all(served), 4000)
      hook.disable()
      if (all.kind !== 'resolved') return wrong('they are not served')
      const each = Math.round(timers / 1000)
      const what = timers < 100 ? `${timers} timers` : `${each} ${each === 1 ? 'timer' : 'timers'} for each of them`
      return timers < 100 ? right(what) : wrong(what)
    },
  },
]

/** Who is served first: the one that waited, or one that comes so many turns of the microtask queue after the release. */
const orderOfTwo = async (pool: ProbedPool, turns: number): Promise<string> => {
  const order: string[] = []
  const noting = (name: string) => async (held: Held) => {
    order.push(name)
    await held.release()
  }
  const holder = await pool.acquire()
  const waiter = pool.acquire().then(noting('waiter'))
  await delay(1)
  const released = attempt(() => holder.release())
  for (let turn = 0; turn < turns; turn++) await undefined
  const newcomer = pool.acquire().then(noting('newcomer'))
  await outcome(() => Promise.all([released, waiter, newcomer]), 2000)
  return order.join(' ')
}
