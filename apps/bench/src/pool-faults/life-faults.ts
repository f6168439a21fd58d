import { setTimeout as delay } from 'node:timers/promises'
import { CreateScript } from './create-script.ts'
import { type Fault, outcome, right, wrong } from './fault.ts'

/** Ends of pools and resources, and changes while they run. */
export const lifeFaults: readonly Fault[] = [
  {
    name: 'close with a lease that never comes back',
    right: 'ends all the same',
    needs: [],
    async probe({ open }) {
      const pool = await open({ maxSize: 2, script: new CreateScript(() => 'works'), acquireTimeoutMs: 300 })
      await pool.acquire()
      const closed = await outcome(async () => pool.close(), 2500)
      return closed.kind === 'pending' ? wrong('hangs') : right()
    },
  },
  {
    name: 'another size while it runs',
    right: 'holds at once',
    needs: ['resize'],
    async probe({ open }) {
      const pool = await open({ maxSize: 1, script: new CreateScript(() => 'works') })
      await pool.acquire()
      const second = outcome(() => pool.acquire(), 2000)
      await delay(20)
      pool.resize?.(2)
      return (await second).kind === 'resolved' ? right() : wrong('who waits goes on waiting')
    },
  },
  {
    name: 'a lease that is forgotten',
    right: 'is told with the line that acquired it',
    needs: ['leak detection'],
    async probe({ open }) {
      const pool = await open({ maxSize: 1, script: new CreateScript(() => 'works'), leakDetectionMs: 50 })
      const site = new Promise<string | undefined>((resolve) => pool.onLeak?.(resolve))
      await pool.acquire()
      const told = await outcome(() => site, 2000)
      if (told.kind !== 'resolved') return wrong('nothing is told')
      return told.value === undefined || told.value === '' ? wrong('no line is told') : right()
    },
  },
  {
    name: '20 resources made together',
    right: 'do not end together',
    needs: ['lifetime jitter'],
    async probe({ open }) {
      const pool = await open({ maxSize: 20, script: new CreateScript(() => 'works'), maxLifetimeMs: 600 })
      const ends: number[] = []
      pool.onLifeEnded?.(() => ends.push(performance.now()))
      const held = await Promise.all(Array.from({ length: 20 }, () => pool.acquire()))
      for (const each of held) await each.release()
      await delay(1000)
      const spreadMs = Math.max(...ends) - Math.min(...ends)
      return ends.length === 20 && spreadMs > 50 ? right() : wrong(`${ends.length} ended within ${spreadMs} ms`)
    },
  },
]
