import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect, it } from 'vitest'
import { createFakeAdapter } from '../test/fake-adapter.ts'
import { createPool } from './create-pool.ts'

it('publishes what happens for agents that nobody has wired up, single leases too', async () => {
  const seen: unknown[] = []
  const listener = (_event: unknown, name: string | symbol): void => void seen.push(name)
  const names = ['resource.created', 'lease.acquired', 'lease.released', 'resource.destroyed']
  const channels = names.map((name) => `holdfast.resource-pool.${name}`)
  for (const channel of channels) subscribe(channel, listener)
  const pool = createPool(createFakeAdapter(), { maxSize: 1 })
  ;(await pool.acquire()).release()
  await pool.close()
  for (const channel of channels) unsubscribe(channel, listener)
  expect(seen).toEqual(channels)
})
