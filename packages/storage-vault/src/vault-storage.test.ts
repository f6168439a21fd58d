import { expect, it } from 'vitest'
import { createVaultStorage } from './vault-storage.ts'

it('says what it is and that it works', async () => {
  const instance = createVaultStorage({ label: 'test' })
  expect(instance.name).toBe('storage-vault (test)')
  expect(await instance.health()).toMatchObject({ status: 'up' })
  await instance.close()
})

it('rejects calls after close', async () => {
  const instance = createVaultStorage()
  await instance.close()
  await expect(instance.health()).rejects.toMatchObject({ code: 'CLOSED' })
})

it('names every wrong option', () => {
  expect(() => createVaultStorage({ label: '' })).toThrow(/label/)
})
