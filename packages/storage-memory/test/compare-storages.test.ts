import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'
import { compareStorages } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { createMemoryStorage, type MemoryStorage } from '../src/index.ts'

const compare = (spoil: (sound: MemoryStorage) => AnyCredentialStorage, seed = 1, operations = 500) =>
  compareStorages({
    reference: createMemoryStorage(),
    subject: spoil(createMemoryStorage()),
    seed,
    operations,
  })

it('agrees with itself, and the operations meet every outcome that matters', async () => {
  const outcomes = await compare((sound) => sound, 1, 2000)
  for (const outcome of [
    'store: done',
    'create: CONFLICT VERSION_MISMATCH',
    'replace: done',
    'replace any: CONFLICT VERSION_MISMATCH',
    'retrieve: NOT_FOUND',
    'retrieve version: done',
    'retrieve version: NOT_FOUND VERSION_UNKNOWN',
    'delete version: done',
    'delete any version: CONFLICT VERSION_MISMATCH',
    'recover: done',
    'recover: CONFLICT',
    'purge: done',
    'everything: agrees',
  ]) {
    expect(outcomes[outcome], outcome).toBeGreaterThan(5)
  }
})

it('does the same for the same seed', async () => {
  expect(await compare((sound) => sound, 7)).toEqual(await compare((sound) => sound, 7))
  expect(await compare((sound) => sound, 7)).not.toEqual(await compare((sound) => sound, 8))
})

it.each<readonly [string, (sound: MemoryStorage) => AnyCredentialStorage]>([
  ['ignores conditions', (sound) => ({ ...sound, store: (id, record) => sound.store(id, record) })],
  ['deletes whatever version is there', (sound) => ({ ...sound, delete: (id) => sound.delete(id) })],
  ['takes ids without regard to case', (sound) => ({ ...sound, exists: (id) => sound.exists(id.toLowerCase()) })],
  [
    'loses a tag',
    (sound) => ({
      ...sound,
      store: (id, { metadata, value }, options) =>
        sound.store(id, { metadata: { ...metadata, tags: {} }, value }, options),
    }),
  ],
  [
    'lists what is deleted',
    (sound) => ({
      ...sound,
      async *list(options) {
        yield* sound.list(options)
        for await (const { id } of sound.listDeleted()) yield { id }
      },
    }),
  ],
  [
    'gives an earlier version for the current one',
    (sound) => ({
      ...sound,
      async retrieve(id, options) {
        const history = await sound.history(id)
        return sound.retrieve(id, { ...options, version: options?.version ?? history.at(-1)?.version })
      },
    }),
  ],
])('finds a storage that %s', async (_defect, spoil) => {
  await expect(compare(spoil)).rejects.toThrow(/^seed 1: [\s\S]*after\n {2}\d+: /)
})

it('leaves out what the reference does not claim, and purges where names stay reserved', async () => {
  const without = ['versions', 'compareAndSet'] as const
  const outcomes = await compareStorages({
    reference: createMemoryStorage({ without }),
    subject: createMemoryStorage({ without }),
    seed: 3,
    operations: 500,
    purgesDeleted: true,
    history: 'current',
  })
  expect(outcomes['create: UNSUPPORTED']).toBeGreaterThan(5)
  expect(outcomes['recover: done']).toBeUndefined()
})
