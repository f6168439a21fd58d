import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { ManagerEvents } from './manager-events.ts'

/** Every event: one that is missing here, or is here and does not exist, does not compile. */
const events = {
  'resource.registered': true,
  'resource.transitioned': true,
  'leases.forced': true,
  'manager.transitioned': true,
  'health.changed': true,
  'credentials.rotated': true,
  'rotation.failed': true,
  'rotation.drained': true,
  'tenant.admitted': true,
  'tenant.refused': true,
} satisfies Record<keyof ManagerEvents, true>

it('are all in the guide, and no other', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../../../docs/guides/monitoring-resources.md'), 'utf8')
  const [, section = ''] = guide.split('\n## Events\n')
  const documented = section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
  expect(documented.sort()).toEqual(Object.keys(events).sort())
})
