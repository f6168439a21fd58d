import { expect, it } from 'vitest'
import { nodePlatform } from './platform.ts'

it('knows this process, and that a number beyond all processes is none', () => {
  expect(nodePlatform.isProcessAlive(nodePlatform.processId)).toBe(true)
  expect(nodePlatform.isProcessAlive(2 ** 30)).toBe(false)
})

it('runs a program without a shell and rejects when it fails', async () => {
  await nodePlatform.run(process.execPath, ['--version'])
  await expect(nodePlatform.run(process.execPath, ['--no-such-option'])).rejects.toThrow()
})

it('names an account', () => {
  expect(typeof nodePlatform.accountName()).toBe('string')
})
