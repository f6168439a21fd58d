import { EventEmitter } from 'node:events'
import { truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { type CommandLine, createCommandLine } from '../../test/command-line.ts'

const node = process.execPath

const vaultWith = async (secrets: Readonly<Record<string, string>>): Promise<CommandLine> => {
  const commandLine = await createCommandLine()
  await commandLine.run(['init'])
  for (const [name, value] of Object.entries(secrets)) {
    await commandLine.run(['set', name.toLowerCase(), '--env', name], { stdin: value })
  }
  return commandLine
}

test('secrets are injected, and redacted from stdout and stderr', async () => {
  const { run } = await vaultWith({ A: 'f4ke-secret-a', B: 'f4ke-secret-b' })
  const script = 'console.log(process.env.A, process.env.B.length); console.error("failed with", process.env.B)'
  const { status, stdout, stderr } = await run(['run', '--', node, '-e', script])
  expect(status).toBe(0)
  expect(stdout).toBe('[redacted] 13\n')
  expect(stderr).toBe('failed with [redacted]\n')
})

test('a secret that the program writes in two pieces is redacted', async () => {
  const { run } = await vaultWith({ A: 'f4ke-secret-a' })
  const script =
    'process.stdout.write("x" + process.env.A.slice(0, 6)); setTimeout(() => process.stdout.write(process.env.A.slice(6) + "y"), 50)'
  expect((await run(['run', '--', node, '-e', script])).stdout).toBe('x[redacted]y')
})

test('the exit code of the program is passed on, and that of a signal as a shell says it', async () => {
  const { run } = await vaultWith({})
  expect((await run(['run', '--', node, '-e', 'process.exit(7)'])).status).toBe(7)
  expect((await run(['run', '--', node, '-e', 'process.kill(process.pid, "SIGTERM")'])).status).toBe(143)
})

test('a program that is not there, or cannot be executed, ends with 127 or 126', async () => {
  const { run, write } = await vaultWith({})
  const missing = await run(['run', '--', 'no-such-program'])
  expect(missing.status).toBe(127)
  expect(missing.stderr).toContain('was not found')
  const path = await write('not-executable', '#!/bin/sh\n', 0o600)
  expect((await run(['run', '--', path])).status).toBe(126)
  expect((await run(['run'])).status).toBe(2)
})

test('the passphrase and every other HOLDFAST_ variable stays out of the program', async () => {
  const { run, directory } = await vaultWith({ A: 'f4ke-secret-a' })
  const { stdout } = await run(['run', '--', node, '-p', 'JSON.stringify(Object.keys(process.env))'], {
    env: { HOLDFAST_KEY_FILE: `${directory}/.holdfast/store.key`, holdfast_x: '1', OTHER: '1' },
  })
  expect(stdout).toContain('"A"')
  expect(stdout).toContain('"OTHER"')
  expect(stdout.toLowerCase()).not.toContain('holdfast_')
})

test('no value stands among the arguments of the program', async () => {
  const { run } = await vaultWith({ A: 'f4ke-secret-a' })
  const { stdout } = await run([
    'run',
    '--',
    node,
    '-p',
    'process.argv.concat(process.execArgv).join(" ").includes(process.env.A)',
  ])
  expect(stdout).toBe('false\n')
})

test('--only and --scope choose what is injected', async () => {
  const { run } = await vaultWith({ AA: 'f4ke-1', AB: 'f4ke-2' })
  await run(['set', 'b', '--env', 'B', '--scope', 'org:x'], { stdin: 'f4ke-3' })
  const names = async (...args: string[]): Promise<string> =>
    (await run(['run', ...args, '--', node, '-p', '["AA","AB","B"].filter((name) => name in process.env).join()']))
      .stdout
  expect(await names()).toBe('AA,AB,B\n')
  expect(await names('--only', 'aa')).toBe('AA\n')
  expect(await names('--scope', 'org:x')).toBe('B\n')
  expect((await run(['run', '--only', 'zzz', '--', node, '-e', '0'])).stderr).toContain('nothing is injected')
})

test('what cannot be injected is told, and nothing is started', async () => {
  const { run, write } = await vaultWith({ A: 'f4ke-1' })
  await run(['set', 'other', '--env', 'A'], { stdin: 'f4ke-2' })
  await write('nul', 'a\0b')
  await write('binary', Uint8Array.of(0xff))
  await run(['set', 'nul', '--env', 'NUL', '--from-file', 'nul'])
  await run(['set', 'binary', '--env', 'BINARY', '--from-file', 'binary'])
  await run(['set', 'odd', '--tag', 'env=1A'], { stdin: 'f4ke' })
  const { status, stdout, stderr } = await run(['run', '--', node, '-p', '"started"'])
  expect(status).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toContain('other: a is for the variable A as well')
  expect(stderr).toContain('nul: it contains a NUL')
  expect(stderr).toContain('binary: it holds bytes')
  expect(stderr).toContain('odd: its tag env')
})

test('an expired secret is injected with a warning, or refused when that is asked for', async () => {
  const { run } = await vaultWith({})
  await run(['set', 'old', '--env', 'OLD', '--expires', '2026-01-01'], { stdin: 'f4ke-old' })
  const warned = await run(['run', '--', node, '-p', 'process.env.OLD.length'])
  expect(warned).toMatchObject({ status: 0, stdout: '8\n', stderr: expect.stringContaining('old (OLD) expired at') })
  expect((await run(['run', '--refuse-expired', '--', node, '-e', '0'])).status).toBe(2)
})

test('short secrets and those with the tag redact=no are not redacted, the first with a warning', async () => {
  const { run } = await vaultWith({ SHORT: 'abc' })
  await run(['set', 'level', '--env', 'LEVEL', '--tag', 'redact=no'], { stdin: 'info' })
  const { stdout, stderr } = await run(['run', '--', node, '-p', 'process.env.SHORT + process.env.LEVEL'])
  expect(stdout).toBe('abcinfo\n')
  expect(stderr).toContain('1 of the secrets is shorter than 4 bytes')
})

test('signals are passed on to the program', async () => {
  const { run } = await vaultWith({})
  const signals = new EventEmitter()
  const stdout = new PassThrough()
  stdout.once('data', () => signals.emit('SIGTERM'))
  const script = 'process.on("SIGTERM", () => process.exit(9)); setInterval(() => {}, 1000); console.log("ready")'
  const { status } = await run(['run', '--', node, '-e', script], {
    environment: {
      stdout,
      onSignal(signal, listener) {
        signals.on(signal, listener)
        return () => signals.off(signal, listener)
      },
    },
  })
  expect(status).toBe(9)
  expect(signals.eventNames()).toEqual([])
})

test('on a terminal an interrupt is left to the terminal, which sends it to the program itself', async () => {
  const { run } = await vaultWith({})
  const signals = new EventEmitter()
  const stdout = Object.assign(new PassThrough(), { isTTY: true })
  stdout.once('data', () => {
    signals.emit('SIGINT')
    signals.emit('SIGTERM')
  })
  const script =
    'process.on("SIGINT", () => process.exit(8)); process.on("SIGTERM", () => setTimeout(() => process.exit(9), 100)); setInterval(() => {}, 1000); console.log("ready")'
  const { status } = await run(['run', '--', node, '-e', script], {
    environment: {
      stdout,
      onSignal(signal, listener) {
        signals.on(signal, listener)
        return () => signals.off(signal, listener)
      },
    },
  })
  expect(status).toBe(9)
})

test('a program whose output nobody reads on ends like in any pipe', async () => {
  const { run } = await vaultWith({ A: 'f4ke-secret-a' })
  const stdout = new PassThrough()
  stdout.once('data', () => stdout.destroy())
  const script =
    'process.stdout.on("error", () => process.exit(3)); setInterval(() => process.stdout.write("line\\n".repeat(1000)), 1)'
  expect((await run(['run', '--', node, '-e', script], { environment: { stdout } })).status).toBe(3)
})

test('a secret that no variable can hold is told as that, and nothing is started', async () => {
  const { run, write } = await vaultWith({})
  // Far over the 128 KiB that Linux takes (MAX_ARG_STRLEN), and over the whole that others take.
  await write('large', 'x'.repeat(4_000_000))
  await run(['set', 'large', '--env', 'LARGE', '--from-file', 'large'])
  const { status, stderr } = await run(['run', '--', node, '-e', ''])
  expect(status).toBe(126)
  expect(stderr).toContain('more than the system allows')
  expect(stderr).toContain('--only')
})

test('with a damaged secret nothing is started, and the command that repairs it is named', async () => {
  const { run, directory } = await vaultWith({ A: 'f4ke-secret-a', B: 'f4ke-secret-b' })
  await run(['set', 'a'], { stdin: 'f4ke-secret-c' })
  await truncate(join(directory, '.holdfast/store/a/v2.cred'), 40)
  const refused = await run(['run', '--', node, '-p', '"started"'])
  expect(refused).toMatchObject({ status: 2, stdout: '' })
  expect(refused.stderr).toContain('holdfast restore a')
  expect((await run(['run', '--only', 'b', '--', node, '-p', '"started"'])).stdout).toBe('started\n')
})
