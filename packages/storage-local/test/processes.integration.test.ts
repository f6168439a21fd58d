import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { encodeFolderName } from '../src/folder-name.ts'
import { createLocalStorage } from '../src/index.ts'
import { encodeRecordFile } from '../src/record-file.ts'
import { newVersion } from '../src/version-name.ts'
import { collect } from './collect.ts'
import { sampleRecord, textOf } from './sample-record.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const start = (
  worker: string,
  workerArguments: readonly string[],
  { nodeOptions = [], environment = {} }: StartOptions = {},
): ChildProcess =>
  spawn(process.execPath, [...nodeOptions, join(import.meta.dirname, worker), ...workerArguments], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  })

interface StartOptions {
  readonly nodeOptions?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once('close', (code) => resolve(code)))

describe('real processes', () => {
  it.each([2, 4])('%i of them adding 300 each by compare-and-set lose none', async (count) => {
    const directory = join(await temporaryDirectory(), 'store')
    const storage = await createLocalStorage({ directory, createDirectory: true })
    await storage.store('counter', sampleRecord('counter', '0'))
    const workers = Array.from({ length: count }, () => start('increment-worker.ts', [directory, '300']))
    expect(await Promise.all(workers.map(exitOf))).toEqual(workers.map(() => 0))
    expect(textOf(await storage.retrieve('counter'))).toBe(String(count * 300))
    expect(await readdir(join(directory, '.pending'))).toEqual([])
  })

  // Starting 200 processes takes most of the time: half a minute on two idle cores.
  const killing = { timeout: 240_000 }
  it(
    'four writers killed 200 times lose nothing that was acknowledged and leave nothing unreadable',
    killing,
    async () => {
      const parent = await temporaryDirectory()
      const directory = join(parent, 'store')
      await (await createLocalStorage({ directory, createDirectory: true })).close()
      // Filled by a worker that ends by itself, so that those which are killed need not compile everything again.
      const environment = { NODE_COMPILE_CACHE: join(parent, 'compiled') }
      await exitOf(start('listing-worker.ts', [directory], { environment }))
      const acknowledged: { readonly id: string; readonly value: number; readonly version: string }[] = []

      /** One life of a writer: killed without warning in the middle of whatever follows its nth acknowledgement. */
      const live = async (slot: number, lastAcknowledgement: number): Promise<void> => {
        const child = start('acknowledging-writer.ts', [directory, String(slot)], { environment })
        const exit = exitOf(child)
        let seen = 0
        if (child.stdout === null) throw new Error('no output')
        for await (const line of createInterface({ input: child.stdout })) {
          acknowledged.push(JSON.parse(line))
          seen += 1
          if (seen === lastAcknowledgement) child.kill('SIGKILL')
        }
        // Killed, not ended by an error of its own.
        expect(await exit).toBe(null)
      }
      await Promise.all(
        [0, 1, 2, 3].map(async (slot) => {
          for (let life = 0; life < 50; life++) await live(slot, 1 + ((life * 7 + slot * 3) % 11))
        }),
      )

      const storage = await createLocalStorage({ directory })
      const shared = acknowledged.filter(({ id }) => id === 'shared')
      const numbers = shared.map(({ version }) => Number(version.split('-')[0]))
      expect(new Set(numbers).size).toBe(numbers.length)
      // Every write of it added 1 to exactly the version before, so value and number are the same throughout.
      expect(shared.map(({ value }) => value)).toEqual(numbers)
      const last = await storage.retrieve('shared')
      expect(textOf(last)).toBe(last.version.split('-')[0])
      expect(Number(textOf(last))).toBeGreaterThanOrEqual(Math.max(...numbers))
      for (const slot of [0, 1, 2, 3]) {
        const values = acknowledged.filter(({ id }) => id === `own/${slot}`).map(({ value }) => value)
        expect(Number(textOf(await storage.retrieve(`own/${slot}`)))).toBeGreaterThanOrEqual(Math.max(...values))
      }
      const listed = await collect(storage.list())
      expect(listed.map(({ id }) => id).sort()).toEqual(['own/0', 'own/1', 'own/2', 'own/3', 'shared'])
      for (const { id } of listed) {
        for (const { version } of await storage.history(id)) await storage.retrieve(id, { version })
      }
      expect(await readdir(join(directory, '.pending'))).toEqual([])
    },
  )

  it('lists 100,000 credentials with 64 MB of heap', async () => {
    const directory = join(await temporaryDirectory(), 'store')
    mkdirSync(directory, { mode: 0o700 })
    for (let index = 0; index < 100_000; index++) {
      const id = `service-${index}/token`
      const folder = join(directory, encodeFolderName(id))
      const record = sampleRecord(id, 'x'.repeat(200), { tags: { team: 'a' } })
      const file = { state: 'stored', id, version: newVersion(1), storedAt: record.metadata.createdAt, record } as const
      mkdirSync(folder, { mode: 0o700 })
      writeFileSync(join(folder, 'v1.cred'), encodeRecordFile(file), { mode: 0o600 })
    }
    const child = start('listing-worker.ts', [directory], { nodeOptions: ['--max-old-space-size=64'] })
    let output = ''
    child.stdout?.on('data', (chunk) => {
      output += chunk
    })
    expect(await exitOf(child)).toBe(0)
    expect(output).toBe('100000')
  })
})
