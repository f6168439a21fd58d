import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../fake-clock.ts'
import { createSecretScanner } from '../secret-scanner.ts'
import { createTcpProxy, type TcpProxy, type TcpProxyOptions } from './create-tcp-proxy.ts'
import type { TcpFault } from './tcp-fault.ts'
import { seededTcpFaults } from './tcp-fault-plan.ts'

/** A server that says everything back, and remembers what it heard and how its connections ended. */
let server: Server
let port: number
let serverSockets: Socket[]
let heard: string
let serverEnds: string[]
let opened: (() => Promise<void> | void)[]

beforeEach(async () => {
  serverSockets = []
  serverEnds = []
  heard = ''
  opened = []
  server = createServer({ allowHalfOpen: true }, (socket) => {
    serverSockets.push(socket)
    socket.on('data', (bytes) => {
      heard += bytes
      socket.write(bytes)
    })
    socket.on('end', () => {
      serverEnds.push('end')
      socket.end()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => serverEnds.push(error.code ?? ''))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
})

afterEach(async () => {
  for (const close of opened) await close()
  for (const socket of serverSockets) socket.destroy()
  server.close()
})

const start = async (options: Partial<TcpProxyOptions> = {}): Promise<TcpProxy> => {
  const proxy = await createTcpProxy({ target: { host: '127.0.0.1', port }, ...options })
  opened.push(() => proxy.close())
  return proxy
}

/** A client that keeps what it hears and how its connection ended. */
const dial = async (proxy: TcpProxy) => {
  const socket = connect({ host: proxy.host, port: proxy.port, allowHalfOpen: true })
  opened.push(() => void socket.destroy())
  let text = ''
  const waiting = new Set<() => void>()
  const changed = (): void => {
    for (const look of [...waiting]) look()
  }
  const client = {
    socket,
    end: '',
    get text() {
      return text
    },
    until: (condition: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!condition()) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    hears: (expected: string): Promise<void> => client.until(() => text.includes(expected)),
    isOver: (): Promise<void> => client.until(() => client.end !== ''),
  }
  socket.on('data', (bytes) => {
    text += bytes
    changed()
  })
  socket.on('end', () => {
    client.end ||= 'end'
    changed()
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    client.end = error.code ?? ''
    changed()
  })
  await Promise.race([once(socket, 'connect'), once(socket, 'error').then(() => {})]).catch(() => {})
  return client
}

/** An exchange through another connection: whatever the proxy was told before has reached the sockets by then. */
const echo = async (proxy: TcpProxy, text: string): Promise<void> => {
  const client = await dial(proxy)
  client.socket.end(text)
  await client.isOver()
  expect(client.text).toBe(text)
}

describe('createTcpProxy', () => {
  it('hands on bytes and ends both ways, counts and captures them', async () => {
    const scanner = createSecretScanner()
    const proxy = await start()
    const client = await dial(proxy)
    const secret = scanner.plant('password')
    client.socket.write(`auth ${secret}`)
    await client.hears(secret)
    client.socket.end(' bye')
    await client.isOver()
    await proxy.until(({ connections }) => connections.length === 0)
    expect([client.text, client.end, serverEnds]).toEqual([`auth ${secret} bye`, 'end', ['end']])
    const length = client.text.length
    expect(proxy).toMatchObject({ accepted: 1, exchanges: 2, bytes: { toTarget: length, toClient: length } })
    const captured = proxy.capture()
    expect(captured).toMatchObject({ missedBytes: 0, toTarget: Buffer.from(client.text) })
    scanner.look('what the target was sent', captured.toTarget)
    expect(scanner.leaks).toEqual([{ label: 'password', where: 'what the target was sent', form: 'plain' }])
  })

  it('passes a megabyte on whole, with a peer that reads late', async () => {
    const proxy = await start()
    const client = await dial(proxy)
    client.socket.pause()
    const sent = 'x'.repeat(1024 * 1024)
    client.socket.end(sent)
    await proxy.until(({ bytes }) => bytes.toClient > 0)
    client.socket.resume()
    await client.isOver()
    expect(client.text === sent).toBe(true)
  })

  it('keeps as many bytes as it was told, and says how many it missed', async () => {
    const proxy = await start({ captureBytes: 4 })
    await echo(proxy, 'abcdef')
    const { toTarget, toClient, missedBytes } = proxy.capture()
    expect([toTarget.toString(), toClient.toString(), missedBytes]).toEqual(['abcd', 'abcd', 4])
  })

  it('keeps the bytes of a connection together in the capture', async () => {
    const proxy = await start()
    const [one, other] = [await dial(proxy), await dial(proxy)]
    for (const [client, text] of [
      [one, 'se'],
      [other, 'XX'],
      [one, 'cret'],
    ] as const) {
      client.socket.write(text)
      await client.hears(text)
    }
    expect(proxy.capture().toTarget.toString()).toBe('secretXX')
  })

  it('swallows what is dropped, for good, and says nothing of ends', async () => {
    const proxy = await start()
    const client = await dial(proxy)
    client.socket.write('one')
    await client.hears('one')
    await proxy.setFault({ kind: 'drop' })
    client.socket.write('two')
    await proxy.until(() => proxy.capture().toTarget.toString() === 'onetwo')
    const late = await dial(proxy)
    late.socket.write('late')
    await proxy.until(() => proxy.capture().toTarget.toString() === 'onetwolate')
    await proxy.setFault({ kind: 'pass' })
    client.socket.end('three')
    late.socket.resetAndDestroy()
    await proxy.until(({ connections }) => connections.length === 1)
    await echo(proxy, 'new')
    expect([heard, client.text, client.end, serverSockets.length]).toEqual(['onenew', 'one', '', 2])
  })

  it('drops in one direction only when it is told so: a lost answer', async () => {
    const proxy = await start()
    await proxy.setFault({ kind: 'drop', direction: 'to-client' })
    const client = await dial(proxy)
    client.socket.write('one')
    await proxy.until(() => proxy.capture().toClient.toString() === 'one')
    expect([heard, client.text, proxy.bytes.toClient]).toEqual(['one', '', 0])
  })

  it('holds everything back while it stalls, and delivers it afterwards', async () => {
    const proxy = await start()
    const client = await dial(proxy)
    await proxy.setFault({ kind: 'stall' })
    client.socket.end('held')
    const other = await dial(proxy)
    proxy.connections[1]?.setFault({ kind: 'pass' })
    other.socket.write('free')
    await other.hears('free')
    expect([heard, client.text, proxy.capture().toTarget.toString()]).toEqual(['free', '', 'free'])
    await proxy.setFault({ kind: 'pass' })
    await client.isOver()
    expect([heard, client.text, client.end]).toEqual(['freeheld', 'held', 'end'])
  })

  it('stalls in the middle of what it has read, and goes on there', async () => {
    const proxy = await start()
    await proxy.setFault({ kind: 'cut', afterBytes: 2, followedBy: { kind: 'stall', direction: 'to-client' } })
    const client = await dial(proxy)
    client.socket.write('abcd')
    await client.hears('ab')
    await proxy.until(({ connections }) => connections[0]?.fault.kind === 'stall')
    expect(client.text).toBe('ab')
    await proxy.setFault({ kind: 'pass' })
    await client.hears('abcd')
  })

  it('resets both sides, and new connections before the target hears of them', async () => {
    const proxy = await start()
    const client = await dial(proxy)
    client.socket.write('one')
    await client.hears('one')
    await proxy.setFault({ kind: 'reset' })
    const next = await dial(proxy)
    await Promise.all([client.isOver(), next.isOver()])
    await proxy.until(({ connections }) => connections.length === 0)
    expect([client.end, next.end, proxy.accepted, serverSockets.length]).toEqual(['ECONNRESET', 'ECONNRESET', 2, 1])
    await expect.poll(() => serverEnds).toEqual(['ECONNRESET'])
  })

  it('refuses: nothing listens, what was open is reset; and listens on the same port again', async () => {
    const proxy = await start()
    const client = await dial(proxy)
    client.socket.write('one')
    await client.hears('one')
    await proxy.setFault({ kind: 'refuse' })
    const refused = await dial(proxy)
    await client.isOver()
    expect([client.end, refused.end, proxy.accepted]).toEqual(['ECONNRESET', 'ECONNREFUSED', 1])
    await proxy.setFault({ kind: 'pass' })
    await echo(proxy, 'back')
  })

  it('waits for its port when somebody else has taken it meanwhile', async () => {
    const proxy = await start()
    await proxy.setFault({ kind: 'refuse' })
    const other = createServer()
    other.listen(proxy.port, proxy.host)
    await once(other, 'listening')
    const back = proxy.setFault({ kind: 'pass' })
    expect(await Promise.race([back, new Promise((resolve) => setImmediate(resolve, 'waits'))])).toBe('waits')
    other.close()
    await back
    await echo(proxy, 'back')
  })

  it('is late by the latency, and keeps to a rate', async () => {
    const clock = createFakeClock()
    const proxy = await start({ clock })
    await proxy.setFault({ kind: 'slow', direction: 'to-target', latencyMs: 50, bytesPerSecond: 200 })
    const client = await dial(proxy)
    client.socket.write('abcdef')
    await proxy.until(() => proxy.capture().toTarget.length === 6)
    const steps: unknown[] = []
    for (const byMs of [49, 1, 9, 1, 10]) {
      await clock.advanceAsync(byMs)
      steps.push(proxy.bytes.toTarget)
    }
    expect(steps).toEqual([0, 2, 2, 4, 6])
    await client.hears('abcdef')
    await proxy.setFault({ kind: 'pass' })
    expect(clock.pendingTimers).toBe(0)
  })

  it('leaves no timer when a slow connection is closed', async () => {
    const clock = createFakeClock()
    const proxy = await start({ clock })
    await proxy.setFault({ kind: 'slow', latencyMs: 1000 })
    const client = await dial(proxy)
    client.socket.write('x')
    await proxy.until(({ exchanges }) => exchanges === 1)
    expect(clock.pendingTimers).toBe(1)
    await proxy.close()
    expect(clock.pendingTimers).toBe(0)
  })

  it.each([
    ['client', 'target'],
    ['target', 'client'],
  ] as const)('is half open: the %s survives and is told nothing', async (survivor, gone) => {
    const proxy = await start()
    const client = await dial(proxy)
    client.socket.write('one')
    await client.hears('one')
    await proxy.setFault({ kind: 'half-open', survivor })
    const ends = () => ({ client: client.end, target: serverEnds.join() })
    await expect.poll(() => ends()[gone]).toBe('ECONNRESET')
    const speaker = survivor === 'client' ? client.socket : serverSockets[0]
    const direction = survivor === 'client' ? 'toTarget' : 'toClient'
    speaker?.write('two')
    await proxy.until(() => proxy.capture()[direction].toString() === 'onetwo')
    expect(ends()[survivor]).toBe('')
  })

  it('ends one direction and keeps the other', async () => {
    const proxy = await start()
    const client = await dial(proxy)
    client.socket.write('one')
    await client.hears('one')
    await proxy.setFault({ kind: 'half-closed', direction: 'to-client' })
    await client.isOver()
    client.socket.write('two')
    await proxy.until(({ bytes }) => bytes.toTarget === 6)
    await expect.poll(() => heard).toBe('onetwo')
    expect([client.end, client.text, serverEnds]).toEqual(['end', 'one', []])
  })

  it.each<[TcpFault | undefined, string]>([
    [undefined, 'ECONNRESET'],
    [{ kind: 'half-closed', direction: 'to-client' }, 'end'],
  ])('cuts an answer after so many bytes: %o', async (followedBy, end) => {
    const proxy = await start()
    await proxy.setFault({ kind: 'cut', afterBytes: 4, ...(followedBy === undefined ? {} : { followedBy }) })
    const client = await dial(proxy)
    client.socket.write('abcd')
    await client.hears('abcd')
    expect(client.end).toBe('')
    client.socket.write('efgh')
    await client.isOver()
    expect([client.text, client.end, heard]).toEqual(['abcd', end, 'abcdefgh'])
  })

  it('tears a message at the byte', async () => {
    const proxy = await start()
    await proxy.setFault({ kind: 'cut', afterBytes: 3 })
    const client = await dial(proxy)
    client.socket.write('abcdef')
    await client.isOver()
    expect([client.text, client.end]).toEqual(['abc', 'ECONNRESET'])
  })

  it('follows a script, connection by connection', async () => {
    const proxy = await start()
    await echo(proxy, 'before')
    await proxy.script([{ kind: 'reset' }, { kind: 'pass' }, { kind: 'reset' }])
    const ends: string[] = []
    for (let count = 0; count < 5; count++) {
      const client = await dial(proxy)
      client.socket.end('x')
      await client.isOver()
      ends.push(client.end)
    }
    expect(ends).toEqual(['ECONNRESET', 'end', 'ECONNRESET', 'end', 'end'])
  })

  it('asks the plan before it hands an exchange on', async () => {
    const proxy = await start()
    await proxy.setPlan(({ exchange }) => (exchange === 3 ? { kind: 'reset' } : undefined))
    const client = await dial(proxy)
    for (const text of ['one', 'two', 'three']) {
      client.socket.write(text)
      await Promise.race([client.hears(text), client.isOver()])
    }
    expect([client.text, client.end, heard, proxy.exchanges]).toEqual(['onetwo', 'ECONNRESET', 'onetwo', 3])
  })

  it('fails by chance, the same for the same seed', () => {
    const failing = (seed: number, per: 'connection' | 'exchange' = 'connection') => {
      const plan = seededTcpFaults({ seed, rate: 0.05, per })
      const moments = Array.from({ length: 4000 }, (_, index) =>
        per === 'connection' ? { connection: index + 1, exchange: 0 } : { connection: 1, exchange: index + 1 },
      )
      return moments.flatMap((moment, index) => (plan(moment) === undefined ? [] : [index]))
    }
    for (const per of ['connection', 'exchange'] as const) {
      // 4000 at 0.05 give 200 with a standard deviation of 14: six of them to either side.
      expect(Math.abs(failing(1, per).length - 200)).toBeLessThan(84)
      expect(failing(1, per)).toEqual(failing(1, per))
      expect(failing(1, per)).not.toEqual(failing(2, per))
    }
    expect(seededTcpFaults({ seed: 1, rate: 1 })({ connection: 1, exchange: 1 })).toBeUndefined()
    expect(seededTcpFaults({ seed: 1, rate: 1, per: 'exchange' })({ connection: 1, exchange: 0 })).toBeUndefined()
  })

  it('resets the client when nothing listens at the target', async () => {
    server.close()
    await once(server, 'close')
    const proxy = await start()
    const client = await dial(proxy)
    await client.isOver()
    expect(client.end).toBe('ECONNRESET')
  })

  it('puts itself into a URL, and reads its target out of one', async () => {
    const proxy = await start({ target: `redis://:word@127.0.0.1:${port}/0` })
    expect(proxy.through('postgres://me:word@db.test:5432/app?a=1')).toBe(
      `postgres://me:word@127.0.0.1:${proxy.port}/app?a=1`,
    )
    await echo(proxy, 'x')
  })

  it('closes once, resets what is open, and can no longer be told anything', async () => {
    const proxy = await start()
    await proxy.setFault({ kind: 'drop' })
    const client = await dial(proxy)
    const closing = proxy.close()
    expect(proxy.close()).toBe(closing)
    await closing
    await client.isOver()
    expect([client.end, proxy.connections]).toEqual(['ECONNRESET', []])
    await expect(proxy.setFault({ kind: 'pass' })).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(proxy.script([])).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('refuses options with every problem at once', async () => {
    await expect(createTcpProxy({ target: 'nowhere', captureBytes: -1 })).rejects.toThrow(
      /target\.host.*target\.port.*captureBytes/,
    )
    const proxy = await start()
    await expect(start({ port: proxy.port })).rejects.toThrow('EADDRINUSE')
    const followedBy = { kind: 'slow', latencyMs: -1, bytesPerSecond: 0 } as const
    await expect(proxy.script([{ kind: 'pass' }, { kind: 'cut', afterBytes: 0.5, followedBy }])).rejects.toThrow(
      /faults\.1\.afterBytes.*faults\.1\.followedBy\.latencyMs.*faults\.1\.followedBy\.bytesPerSecond/,
    )
  })
})
