// Writes until it is killed, and prints one JSON line after each write that was acknowledged.
import { writeSync } from 'node:fs'
import { HoldfastError } from '@holdfast/contracts'
import { createLocalStorage } from '../src/index.ts'
import { sampleRecord, textOf } from './sample-record.ts'

const [directory = '', slot = ''] = process.argv.slice(2)
const storage = await createLocalStorage({ directory, keepVersions: 3 })
const own = `own/${slot}`

const retrieve = (id: string) =>
  storage.retrieve(id).catch((error: unknown) => {
    if (HoldfastError.is(error, 'NOT_FOUND')) return undefined
    throw error
  })
const acknowledge = (id: string, value: number, version: string): void => {
  writeSync(1, `${JSON.stringify({ id, value, version })}\n`)
}

for (let turn = Number((await retrieve(own).then((found) => found && textOf(found))) ?? 0) + 1; ; turn++) {
  const { version } = await storage.store(own, sampleRecord(own, String(turn)))
  acknowledge(own, turn, version)
  try {
    const found = await retrieve('shared')
    const value = found === undefined ? 1 : Number(textOf(found)) + 1
    const stored = await storage.store('shared', sampleRecord('shared', String(value)), {
      ifVersion: found?.version ?? null,
    })
    acknowledge('shared', value, stored.version)
  } catch (error) {
    if (!HoldfastError.is(error, 'CONFLICT')) throw error
  }
}
