import { expect, test } from 'vitest'
import { createCommandLine } from '../../test/command-line.ts'

test('validate ends with 0 when all is well, and with 8 when one has expired or is missing', async () => {
  const { run } = await createCommandLine()
  await run(['init'])
  expect((await run(['validate'])).stdout).toContain('no secrets')
  await run(['set', 'good'], { stdin: 'f4ke-1' })
  expect(await run(['validate'])).toMatchObject({ status: 0, stdout: expect.stringContaining('1 valid, 0 not') })
  await run(['set', 'old', '--expires', '2026-01-01'], { stdin: 'f4ke-2' })
  const all = await run(['validate'])
  expect(all.status).toBe(8)
  expect(all.stdout).toMatch(/old +expired +2026-01-01 +soon/)
  const missing = await run(['validate', 'nope', '--json'])
  expect(missing.status).toBe(8)
  expect(missing.json()).toMatchObject({ failed: 1, results: [{ id: 'nope', status: 'notFound' }] })
  expect((await run(['validate', 'good'])).status).toBe(0)
})
