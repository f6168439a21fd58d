import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { untilSuccess } from '../src/http-answer.ts'
import { isAlive, untilGone } from './is-alive.ts'

interface Started {
  readonly pid: number
  readonly folder: string
}

/** Runs start-fake.ts and resolves with what it started. */
const startRunner = async (word: string) => {
  const runner = spawn(process.execPath, [join(import.meta.dirname, 'start-fake.ts'), word], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  })
  const line = await new Promise<string>((resolve, reject) => {
    runner.stdout.once('data', (data) => resolve(String(data)))
    runner.once('exit', () => reject(new Error('the runner ended before it had started a server')))
  })
  const { pid, folder }: Started = JSON.parse(line)
  return { runner, pid, folder }
}

it.each([
  ['good', 'SIGKILL'],
  ['good', 'SIGTERM'],
  ['stubborn', 'SIGKILL'],
] as const)('a %s server and its data are gone after its runner got %s', async (word, signal) => {
  const { runner, pid, folder } = await startRunner(word)
  expect([await isAlive(pid), existsSync(folder)]).toEqual([true, true])
  runner.kill(signal)
  await untilGone(pid)
  await untilSuccess(async () => {
    if (existsSync(folder)) throw new Error(`${folder} is still there`)
  }, 20_000)
})

it('ends the servers of its own runner only', async () => {
  const [one, other] = [await startRunner('good'), await startRunner('good')]
  one.runner.kill('SIGKILL')
  await untilGone(one.pid)
  expect(await isAlive(other.pid)).toBe(true)
  other.runner.kill('SIGKILL')
  await untilGone(other.pid)
})
