import { expect, expectTypeOf, it } from 'vitest'
import { type AnyCacheStore, cacheStoreOperations } from './cache/index.ts'
import {
  type AnyCredentialStorage,
  credentialSourceOperations,
  credentialStorageOperations,
} from './credentials/index.ts'
import type { FunctionKey, Operation, Operations } from './operations.ts'

interface Contract {
  readonly name: string
  read(id: string): Promise<string>
  watch?(): AsyncIterable<string>
  [Symbol.asyncDispose](): Promise<void>
}

it('knows every method of a contract, also optional ones and symbols, and nothing else', () => {
  expectTypeOf<FunctionKey<Contract>>().toEqualTypeOf<'read' | 'watch' | typeof Symbol.asyncDispose>()
})

it('does not compile when a method is not classified, or not with all that its kind needs', () => {
  const rest = { [Symbol.asyncDispose]: { kind: 'local' } } as const
  // @ts-expect-error the optional method watch is missing
  const missing: Operations<Contract> = { ...rest, read: { kind: 'unary', effect: 'read', idempotent: true } }
  const incomplete: Operations<Contract> = {
    ...rest,
    watch: { kind: 'local' },
    // @ts-expect-error a unary operation says whether it is idempotent
    read: { kind: 'unary', effect: 'read' },
  }
  const tooMuch: Operations<Contract> = {
    ...rest,
    read: { kind: 'local' },
    watch: { kind: 'local' },
    // @ts-expect-error name is not a method
    name: { kind: 'local' },
  }
  expect([missing, incomplete, tooMuch]).toHaveLength(3)
})

const tables: readonly (readonly [string, Readonly<Record<PropertyKey, Operation>>])[] = [
  ['credential storage', credentialStorageOperations],
  ['credential source', credentialSourceOperations],
  ['cache store', cacheStoreOperations],
]

it.each(tables)('the table of %s points key and options at different arguments', (_name, table) => {
  for (const key of Reflect.ownKeys(table)) {
    const operation = table[key]
    if (operation === undefined || operation.kind === 'local') continue
    if (operation.key !== undefined) expect(operation.options).not.toBe(operation.key)
  }
})

it('the tables cover their contracts', () => {
  expectTypeOf<keyof typeof credentialStorageOperations>().toEqualTypeOf<FunctionKey<AnyCredentialStorage>>()
  expectTypeOf<keyof typeof cacheStoreOperations>().toEqualTypeOf<FunctionKey<AnyCacheStore>>()
  const streams = Object.entries(credentialStorageOperations).filter(([, { kind }]) => kind === 'stream')
  expect(streams.map(([name]) => name).sort()).toEqual(['list', 'listDeleted', 'quarantined', 'watch'])
})
