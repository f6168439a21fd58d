import { expect, it } from 'vitest'
import { createTelemetry } from './telemetry.ts'

it('says what it is and that it works', async () => {
  const instance = createTelemetry({ label: 'test' })
  expect(instance.name).toBe('telemetry (test)')
  expect(await instance.health()).toMatchObject({ status: 'up' })
  await instance.close()
})

it('rejects calls after close', async () => {
  const instance = createTelemetry()
  await instance.close()
  await expect(instance.health()).rejects.toMatchObject({ code: 'CLOSED' })
})

it('names every wrong option', () => {
  expect(() => createTelemetry({ label: '' })).toThrow(/label/)
})
