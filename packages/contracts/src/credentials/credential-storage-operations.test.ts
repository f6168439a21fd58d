import { expect, it } from 'vitest'
import { credentialStorageOperations } from './credential-storage-operations.ts'

const { store, delete: remove } = credentialStorageOperations
const confirmOf = (operation: typeof store) => (operation.kind === 'unary' ? operation.confirm : undefined)

it('a store has arrived when what is there carries its writeId', async () => {
  const inner = { retrieve: async () => ({ version: 'v2', metadata: { writeId: 'mine', updatedAt: 'then' } }) }
  const confirm = (writeId: string) => confirmOf(store)?.(inner, 'a', { metadata: { writeId } }, undefined)
  expect(await confirm('mine')).toEqual({ version: 'v2', createdAt: 'then' })
  expect(await confirm('theirs')).toBeUndefined()
})

it('a delete has arrived when nothing is there', async () => {
  const confirm = (exists: boolean) =>
    confirmOf(remove)?.({ exists: async () => exists }, 'a', { ifVersion: 'v1' }, undefined)
  expect(await confirm(false)).toEqual({ deleted: true })
  expect(await confirm(true)).toBeUndefined()
})
