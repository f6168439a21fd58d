import { EventEmitter } from 'node:events'
import { createServer } from 'node:net'
import { HoldfastError } from '@holdfast/contracts'
import { createFakeClock, expectRejection } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { snapshotManager } from '../../test/snapshot-manager.ts'
import type { ResourceManager } from './resource-manager.ts'
import { runManager } from './run-manager.ts'
import type { RunOptions } from './run-options.ts'

const down = new HoldfastError({
  code: 'UNAVAILABLE',
  source: 'resource-pool',
  operation: 'start',
  message: 'orders-db did not start.',
  hint: 'Look at it.',
})

/** A run of a manager whose steps are noted, on a process of its own. */
const begin = (options: RunOptions = {}, over: Partial<ResourceManager> = {}) => {
  const steps: string[] = []
  const lines: unknown[] = []
  const note = (fields: object, message?: string): void => void lines.push({ ...fields, message })
  const logger = { lines, debug: note, info: note, warn: note, error: note }
  const clock = createFakeClock()
  const ended: number[] = []
  const runProcess = Object.assign(new EventEmitter(), {
    exitCode: undefined as number | undefined,
    exit: (code: number) => void ended.push(code),
  })
  const manager: ResourceManager = {
    ...snapshotManager(),
    start: async () => void steps.push('start'),
    close: async ({ deadlineMs } = {}) => void steps.push(`close ${deadlineMs}`),
    ...over,
  }
  const run = runManager(
    manager,
    {
      onStarted: () => void steps.push('serve'),
      onStopping: () => void steps.push('stop serving'),
      onReadiness: (isReady, reason) => void steps.push(isReady ? 'ready' : `not ready: ${reason}`),
      ...options,
    },
    { clock, logger, process: runProcess },
  )
  return { run, steps, logger, clock, runProcess, ended }
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

describe('a run', () => {
  it('starts, serves, and stops in order when a signal comes', async () => {
    const { run, steps, clock, runProcess } = begin({ readinessDelayMs: 5000, stopDeadlineMs: 1234 })
    await turns()
    expect(steps).toEqual(['start', 'serve', 'ready'])
    runProcess.emit('SIGTERM')
    await turns()
    // Load balancers go on sending for a while: requests are still served.
    expect(steps.slice(3)).toEqual(['not ready: stopping'])
    clock.advance(5000)
    expect(await run).toBe(0)
    expect(steps.slice(4)).toEqual(['stop serving', 'close 1234'])
    expect(runProcess.exitCode).toBe(0)
    expect(runProcess.eventNames()).toEqual([])
    expect(clock.pendingTimers).toBe(0)
  })

  it('that cannot start ends with 1, and says why', async () => {
    const { run, steps, logger, runProcess } = begin({}, { start: () => Promise.reject(down) })
    expect(await run).toBe(1)
    expect(runProcess.exitCode).toBe(1)
    expect(steps).toEqual(['not ready: stopping', 'close 20000'])
    expect(JSON.stringify(logger.lines)).toContain('orders-db did not start. Look at it.')
  })

  it('that cannot begin to serve ends with 1 too', async () => {
    const { run, steps } = begin({ onStarted: () => Promise.reject(down) })
    expect(await run).toBe(1)
    expect(steps).toEqual(['start', 'not ready: stopping', 'close 20000'])
  })

  it('that is asked to stop while it starts stops, with 0', async () => {
    const { run, steps, runProcess } = begin(
      {},
      {
        start: (options) =>
          new Promise((_resolve, reject) =>
            options?.signal?.addEventListener('abort', () => reject(options.signal?.reason)),
          ),
      },
    )
    runProcess.emit('SIGINT')
    expect(await run).toBe(0)
    expect(steps).toEqual(['not ready: stopping', 'close 20000'])
  })

  it('ends at once when it is asked a second time', async () => {
    const closing = Promise.withResolvers<void>()
    const { run, ended, runProcess } = begin({}, { close: () => closing.promise })
    await turns()
    runProcess.emit('SIGTERM')
    await turns()
    expect(ended).toEqual([])
    runProcess.emit('SIGTERM')
    expect(ended).toEqual([130])
    closing.resolve()
    await run
  })

  it('that leaves something behind ends with 2, also when what serves does not stop as it should', async () => {
    const stuck = begin({}, { close: () => Promise.reject(down) })
    await turns()
    stuck.runProcess.emit('SIGTERM')
    expect(await stuck.run).toBe(2)

    const odd = begin({
      onStopping: () => {
        throw Object.assign(new Error('planted-detail'), { code: 'EPIPE' })
      },
    })
    await turns()
    odd.runProcess.emit('SIGTERM')
    expect(await odd.run).toBe(2)
    expect(odd.steps).toContain('close 20000')
    const log = JSON.stringify(odd.logger.lines)
    expect(log).toContain('Error (EPIPE)')
    expect(log).not.toContain('planted')
  })

  it('answers probes: alive always, started and ready when it is', async () => {
    const started = Promise.withResolvers<void>()
    const port = await new Promise<number>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const address = server.address()
        server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
      })
    })
    const over: Partial<ResourceManager> = { start: () => started.promise }
    let isUp = true
    over.health = () => ({
      status: isUp ? 'up' : 'down',
      isReady: isUp,
      ...(isUp ? {} : { reason: 'orders-db is quarantined' }),
      types: {},
      resources: {},
    })
    const { run, runProcess, steps } = begin({ probes: { port, host: '127.0.0.1' } }, over)
    const ask = async (path: string): Promise<unknown> => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`)
      return [response.status, await response.text()]
    }
    // The server listens when the first answer comes.
    for (;;) {
      const answer = await ask('/healthz').catch(() => undefined)
      if (answer !== undefined) break
    }
    expect(await ask('/healthz')).toEqual([200, '{"status":"up"}\n'])
    expect(await ask('/startupz')).toEqual([503, '{"status":"down","reason":"starting"}\n'])
    expect(await ask('/readyz')).toEqual([503, '{"status":"down","reason":"starting"}\n'])
    started.resolve()
    await turns()
    expect(steps).toContain('ready')
    expect(await ask('/startupz')).toEqual([200, '{"status":"up"}\n'])
    expect(await ask('/readyz?verbose')).toEqual([200, '{"status":"up"}\n'])
    isUp = false
    expect(await ask('/readyz')).toEqual([503, '{"status":"down","reason":"orders-db is quarantined"}\n'])
    // What it depends on is no reason to restart it.
    expect(await ask('/healthz')).toEqual([200, '{"status":"up"}\n'])
    expect(await ask('/metrics')).toEqual([404, ''])
    runProcess.emit('SIGTERM')
    expect(await run).toBe(0)
  })

  it('ends with 1 when the port of its probes is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { run, logger } = begin({ probes: { port, host: '127.0.0.1' } })
    expect(await run).toBe(1)
    expect(JSON.stringify(logger.lines)).toContain('EADDRINUSE')
    server.close()
  })

  it('ends when its owner says so, survives a listener that throws, and refuses times that are none', async () => {
    const controller = new AbortController()
    const { run, steps } = begin({
      signal: controller.signal,
      onReadiness: () => {
        throw new Error('no')
      },
    })
    await turns()
    controller.abort()
    expect(await run).toBe(0)
    expect(steps).toContain('close 20000')
    await expectRejection(() => begin({ readinessDelayMs: -1, stopDeadlineMs: Number.NaN }).run, {
      operation: 'run',
      code: 'INVALID_ARGUMENT',
      reason: 'OPTIONS_INVALID',
    })
  })
})
