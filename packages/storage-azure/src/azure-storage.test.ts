import { expect, it } from 'vitest'
import { createAzureStorage } from './azure-storage.ts'

it('says what it is and that it works', async () => {
  const instance = createAzureStorage({ label: 'test' })
  expect(instance.name).toBe('storage-azure (test)')
  expect(await instance.health()).toMatchObject({ status: 'up' })
  await instance.close()
})

it('rejects calls after close', async () => {
  const instance = createAzureStorage()
  await instance.close()
  await expect(instance.health()).rejects.toMatchObject({ code: 'CLOSED' })
})

it('names every wrong option', () => {
  expect(() => createAzureStorage({ label: '' })).toThrow(/label/)
})
