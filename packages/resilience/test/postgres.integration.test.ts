import { randomUUID } from 'node:crypto'
import { type CallOptions, HoldfastError, type Operations } from '@holdfast/contracts'
import { describeWithServer, startServer } from '@holdfast/test-servers'
import { createTcpProxy, type TcpProxy } from '@holdfast/testkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { standard } from '../src/index.ts'
import { connectPostgres, type PostgresConnection, queryOnce } from './postgres-calls.ts'

/** Time enough on a machine that is busy: only where nothing can come is a deadline short. */
const patient = { timeoutMs: 30_000, retry: { retries: 3, baseDelayMs: 10 } } as const

/** A record that is written under a condition and remembers by whom. */
interface Records {
  advance(writeId: string, options: CallOptions & { readonly ifVersion: number }): Promise<number>
}

describeWithServer('postgres', (server) => {
  const directUrl = server.settings.POSTGRES_URL ?? ''
  const table = `resilience_${randomUUID().replaceAll('-', '')}`
  let proxy: TcpProxy
  let url: string
  beforeEach(async () => {
    proxy = await createTcpProxy({ target: directUrl })
    url = proxy.through(directUrl)
    await queryOnce(directUrl, `create table ${table} (id int primary key, version int not null, write_id text)`)
    await queryOnce(directUrl, `insert into ${table} values (1, 1, null)`)
  })
  afterEach(async () => {
    await proxy.close()
    await queryOnce(directUrl, `drop table ${table}`)
  })
  const versionNow = async (): Promise<unknown> =>
    (await queryOnce(directUrl, `select version from ${table} where id = 1`)).rows[0]?.version
  /** Runs the statement and loses its answer: the server has done it, and the connection is reset. */
  const losingTheAnswer = (connection: PostgresConnection, sql: string, parameters: readonly unknown[] = []) => {
    proxy.connections.at(-1)?.setFault({ kind: 'cut', afterBytes: 0 })
    return connection.query(sql, parameters)
  }

  it('makes a read again whose connection is reset in the middle of its query', async () => {
    const { execute, attempts } = standard(patient)
    const resetAll = async (): Promise<void> => {
      await proxy.setFault({ kind: 'reset' })
      await proxy.setFault({ kind: 'pass' })
    }
    const failures: unknown[] = []
    attempts.on('attempt.failed', ({ attempt, code }) => failures.push([attempt, code]))
    const call = execute(async ({ attempt }) => {
      const connection = await connectPostgres(url)
      const sent = proxy.bytes.toTarget
      const asked = connection.query(attempt === 1 ? 'select pg_sleep(600)' : 'select 1 as answer')
      if (attempt > 1) return asked
      const failed = asked.catch((error: unknown) => error)
      // The statement is on its way to the server, which says nothing for ten minutes.
      await proxy.until(({ bytes }) => bytes.toTarget > sent)
      await resetAll()
      throw await failed
    })
    expect((await call).rows).toEqual([{ answer: 1 }])
    expect([failures, proxy.accepted]).toEqual([[[1, 'UNAVAILABLE']], 2])
  })

  it('makes a read again whose answer was cut off, and answers with all of it', async () => {
    const { execute } = standard(patient)
    const call = execute(async ({ attempt }) => {
      const connection = await connectPostgres(url)
      if (attempt < 3) proxy.connections.at(-1)?.setFault({ kind: 'cut', afterBytes: 10_000 * attempt })
      return connection.query(`select repeat('x', 1000) as text from generate_series(1, 200)`)
    })
    const { rows } = await call
    expect([rows.length, rows.every(({ text }) => text === 'x'.repeat(1000)), proxy.accepted]).toEqual([200, true, 3])
  })

  it('never makes a write again that is not idempotent, whose answer was lost', async () => {
    const { execute } = standard(patient)
    const add = execute(
      async () => losingTheAnswer(await connectPostgres(url), `update ${table} set version = version + 1 where id = 1`),
      { idempotent: false },
    )
    await expect(add).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect([await versionNow(), proxy.accepted]).toEqual([2, 1])
  })

  it('takes the lost answer of a conditional write for a success, and the write of somebody else for a conflict', async () => {
    let calls = 0
    const advance: Records['advance'] = async (writeId, { ifVersion }) => {
      calls += 1
      const connection = await connectPostgres(url)
      const sql = `update ${table} set version = version + 1, write_id = $1 where id = 1 and version = $2 returning version`
      const parameters = [writeId, ifVersion]
      const { rows } = await (calls === 1
        ? losingTheAnswer(connection, sql, parameters)
        : connection.query(sql, parameters))
      connection.destroy()
      if (rows[0] !== undefined) return Number(rows[0].version)
      throw new HoldfastError({
        code: 'CONFLICT',
        source: 'test',
        operation: 'advance',
        message: 'The record has another version.',
        hint: 'Read it again.',
      })
    }
    const operations: Operations<Records> = {
      advance: {
        kind: 'unary',
        effect: 'write',
        idempotent: false,
        options: 1,
        async confirm(_, writeId) {
          const { rows } = await queryOnce(directUrl, `select version, write_id from ${table} where id = 1`)
          return rows[0]?.write_id === writeId ? Number(rows[0]?.version) : undefined
        },
      },
    }
    const records = standard(patient).layer(operations)<Records>({ advance })
    expect(await records.advance('mine', { ifVersion: 1 })).toBe(2)
    expect([await versionNow(), calls]).toEqual([2, 2])
    // This time it was somebody else: the first attempt is reset before the server hears of it.
    await proxy.script([{ kind: 'reset' }])
    await expect(records.advance('other', { ifVersion: 1 })).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { attempts: 2 },
    })
    expect(await versionNow()).toBe(2)
  })

  it('gives a connection back that comes after the deadline of who wanted it', async () => {
    const { execute } = standard(patient)
    await proxy.setFault({ kind: 'stall' })
    const returned = Promise.withResolvers<void>()
    const acquired = execute(() => connectPostgres(url), {
      deadline: performance.now() + 100,
      onAbandoned(connection) {
        connection.destroy()
        returned.resolve()
      },
    })
    await expect(acquired).rejects.toMatchObject({ code: 'TIMEOUT', details: { outcome: 'unknown' } })
    expect(proxy.connections).toHaveLength(1)
    await proxy.setFault({ kind: 'pass' })
    await returned.promise
    await proxy.until(({ connections }) => connections.length === 0)
  })

  it('leaves no connection behind when calls are aborted in the middle of their queries', async () => {
    const { execute } = standard(patient)
    const controller = new AbortController()
    const callCount = 20
    const calls = Array.from({ length: callCount }, () =>
      execute(({ signal }) => queryOnce(url, 'select pg_sleep(600)', [], signal), { signal: controller.signal }),
    )
    const outcomes = Promise.allSettled(calls)
    await proxy.until(({ connections }) => connections.length === callCount)
    controller.abort()
    const codes = (await outcomes).map((outcome) => outcome.status === 'rejected' && outcome.reason.code)
    expect(new Set(codes)).toEqual(new Set(['CANCELLED']))
    await proxy.until(({ connections }) => connections.length === 0)
    expect(proxy.accepted).toBe(callCount)
  })
})

describeWithServer('postgres', () => {
  it('bears a server that is suspended, killed and started again', async () => {
    await using own = await startServer('postgres')
    const url = own.settings.POSTGRES_URL ?? ''
    const openMs = 1
    const policy = standard({
      ...patient,
      retry: { retries: 0 },
      breaker: { trip: { kind: 'consecutive', failures: 2 }, openMs },
    })
    const states: string[] = []
    policy.circuits.on('circuit.changed', ({ state }) => states.push(state))
    const kept = await connectPostgres(url)
    const ask = (deadlineMs = 30_000): Promise<unknown> =>
      policy.execute(async ({ signal }) => (await queryOnce(url, 'select 1 as answer', [], signal)).rows[0]?.answer, {
        deadline: performance.now() + deadlineMs,
      })
    expect(await ask()).toBe(1)

    await own.suspend()
    const inFlight = policy.execute(() => kept.query('select 1'), { deadline: performance.now() + 100 })
    await expect(inFlight).rejects.toMatchObject({ code: 'TIMEOUT' })
    await expect(ask(100)).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(states).toEqual(['open'])
    await own.resume()
    expect(await recovered(ask)).toBe(1)

    const killed = policy.execute(() => kept.query('select pg_sleep(600)'))
    killed.catch(() => {})
    await own.kill('SIGKILL')
    await expect(killed).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(ask()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(policy.state()).not.toBe('closed')
    await own.restart()
    expect(await recovered(ask)).toBe(1)
    expect(policy.state()).toBe('closed')
    kept.destroy()
  })
})

/** Asks until it is answered: the circuit lets a probe through as soon as its time is over. */
const recovered = async (ask: () => Promise<unknown>): Promise<unknown> => {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!HoldfastError.is(error, 'UNAVAILABLE')) throw error
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}
