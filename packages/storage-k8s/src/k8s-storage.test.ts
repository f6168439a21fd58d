import { expect, it } from 'vitest'
import { createK8sStorage } from './k8s-storage.ts'

it('says what it is and that it works', async () => {
  const instance = createK8sStorage({ label: 'test' })
  expect(instance.name).toBe('storage-k8s (test)')
  expect(await instance.health()).toMatchObject({ status: 'up' })
  await instance.close()
})

it('rejects calls after close', async () => {
  const instance = createK8sStorage()
  await instance.close()
  await expect(instance.health()).rejects.toMatchObject({ code: 'CLOSED' })
})

it('names every wrong option', () => {
  expect(() => createK8sStorage({ label: '' })).toThrow(/label/)
})
