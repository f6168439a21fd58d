import { expect, it } from 'vitest'
import { createAwsStorage } from './aws-storage.ts'

it('says what it is and that it works', async () => {
  const instance = createAwsStorage({ label: 'test' })
  expect(instance.name).toBe('storage-aws (test)')
  expect(await instance.health()).toMatchObject({ status: 'up' })
  await instance.close()
})

it('rejects calls after close', async () => {
  const instance = createAwsStorage()
  await instance.close()
  await expect(instance.health()).rejects.toMatchObject({ code: 'CLOSED' })
})

it('names every wrong option', () => {
  expect(() => createAwsStorage({ label: '' })).toThrow(/label/)
})
