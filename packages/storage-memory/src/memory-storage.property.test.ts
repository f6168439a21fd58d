import { HoldfastError } from '@holdfast/contracts'
import { collect, sampleRecord, sampleText } from '@holdfast/testkit'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createMemoryStorage, type MemoryStorage } from './memory-storage.ts'

/** What the storage ought to hold: of each id the texts of its versions, oldest first, and whether it is deleted. */
type Model = Map<string, { texts: string[]; isDeleted: boolean }>

interface Step {
  readonly action: 'store' | 'create' | 'replace' | 'replace stale' | 'delete' | 'recover' | 'purge'
  readonly id: string
}

const keepVersions = 3

const steps = fc.array(
  fc.record<Step>({
    action: fc.constantFrom('store', 'create', 'replace', 'replace stale', 'delete', 'recover', 'purge'),
    id: fc.constantFrom('a', 'b', 'a/b'),
  }),
  { maxLength: 40 },
)

/** What the step does to the model, and what the storage has to answer. */
const expected = (model: Model, { action, id }: Step, text: string): string => {
  const entry = model.get(id)
  const live = entry !== undefined && !entry.isDeleted ? entry : undefined
  const write = (texts: readonly string[]): string => {
    model.set(id, { texts: [...texts, text].slice(-keepVersions), isDeleted: false })
    return 'done'
  }
  switch (action) {
    case 'store':
      return write(live?.texts ?? [])
    case 'create':
      return live === undefined ? write([]) : 'CONFLICT'
    case 'replace':
      return live === undefined ? 'NOT_FOUND' : write(live.texts)
    case 'replace stale':
      return 'CONFLICT'
    case 'delete':
      if (live !== undefined) live.isDeleted = true
      return String(live !== undefined)
    case 'recover':
      if (entry === undefined) return 'NOT_FOUND'
      if (!entry.isDeleted) return 'CONFLICT'
      model.set(id, { texts: [...entry.texts, entry.texts.at(-1) ?? ''].slice(-keepVersions), isDeleted: false })
      return 'done'
    case 'purge':
      if (live !== undefined) return 'CONFLICT'
      return String(model.delete(id))
  }
}

const perform = async (storage: MemoryStorage, { action, id }: Step, text: string): Promise<string> => {
  const record = sampleRecord(id, { value: text })
  const run = async (): Promise<unknown> => {
    switch (action) {
      case 'store':
        return storage.store(id, record)
      case 'create':
        return storage.store(id, record, { ifVersion: null })
      case 'replace':
        return storage.store(id, record, { ifVersion: (await storage.retrieve(id)).version })
      case 'replace stale':
        return storage.store(id, record, { ifVersion: 'stale' })
      case 'delete':
        return (await storage.delete(id)).deleted
      case 'recover':
        return storage.recover(id)
      case 'purge':
        return (await storage.purge(id)).purged
    }
  }
  try {
    const answer = await run()
    return typeof answer === 'boolean' ? String(answer) : 'done'
  } catch (error) {
    if (HoldfastError.is(error)) return error.code
    throw error
  }
}

const contentOf = async (storage: MemoryStorage): Promise<Record<string, readonly string[]>> => {
  const content: Record<string, readonly string[]> = {}
  for (const { id } of await collect(storage.list())) {
    const texts: string[] = []
    for (const { version } of await storage.history(id)) {
      texts.unshift(sampleText((await storage.retrieve(id, { version })).value))
    }
    content[id] = texts
  }
  return content
}

it('behaves as a simple model does, whatever is done in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const storage = createMemoryStorage({ keepVersions })
      const model: Model = new Map()
      for (const [index, step] of script.entries()) {
        expect(await perform(storage, step, `text ${index}`)).toBe(expected(model, step, `text ${index}`))
      }
      const live = [...model].filter(([, { isDeleted }]) => !isDeleted).map(([id, { texts }]) => [id, texts])
      expect(await contentOf(storage)).toEqual(Object.fromEntries(live))
      const deleted = [...model].filter(([, { isDeleted }]) => isDeleted).map(([id]) => id)
      expect((await collect(storage.listDeleted())).map(({ id }) => id).sort()).toEqual(deleted.sort())
      expect(storage.count()).toBe(live.length)
    }),
    { numRuns: 150 },
  )
})
