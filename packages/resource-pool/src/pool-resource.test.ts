import { expect, it } from 'vitest'
import { createPoolResource } from './pool-resource.ts'

it('says what it is and that it works', async () => {
  const instance = createPoolResource({ label: 'test' })
  expect(instance.name).toBe('resource-pool (test)')
  expect(await instance.health()).toMatchObject({ status: 'up' })
  await instance.close()
})

it('rejects calls after close', async () => {
  const instance = createPoolResource()
  await instance.close()
  await expect(instance.health()).rejects.toMatchObject({ code: 'CLOSED' })
})

it('names every wrong option', () => {
  expect(() => createPoolResource({ label: '' })).toThrow(/label/)
})
