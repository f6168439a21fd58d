import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PoolEvents } from '@holdfast/contracts/resources'
import type { CredentialEvents } from '@holdfast/credential-core'
import type { CircuitBreakerEvents, FallbackEvents, RetryEvents } from '@holdfast/resilience'
import { expect, it } from 'vitest'
import type { HealthEvents } from '../src/index.ts'

/** Every event by the package that publishes it: one that is missing here, or is here and does not exist, does not compile. */
const events = {
  'credential-core': {
    'credential.stored': true,
    'credential.retrieved': true,
    'credential.deleted': true,
    'credential.rolled-back': true,
    'credential.recovered': true,
    'credential.purged': true,
    'credential.repaired': true,
    'credential.validated': true,
    'credential.failed': true,
    'scope.violated': true,
    'cache.failed': true,
    'batch.completed': true,
  } satisfies Record<keyof CredentialEvents, true>,
  resilience: {
    'attempt.failed': true,
    'attempt.succeeded': true,
    'circuit.changed': true,
    'fallback.used': true,
  } satisfies Record<keyof (RetryEvents & CircuitBreakerEvents & FallbackEvents), true>,
  'resource-pool': {
    'resource.created': true,
    'create.failed': true,
    'resource.destroyed': true,
    'destroy.failed': true,
    'lease.acquired': true,
    'lease.released': true,
    'lease.leaked': true,
    'lease.revoked': true,
    'acquire.failed': true,
    'pool.resized': true,
    'epoch.advanced': true,
    'epoch.drained': true,
    'pool.drained': true,
    'pool.closed': true,
  } satisfies Record<keyof PoolEvents, true>,
  telemetry: { 'health.changed': true, 'readiness.changed': true } satisfies Record<keyof HealthEvents, true>,
}

it('every channel that packages publish on is in the guide, and no other', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../../docs/guides/tracing-logging-health.md'), 'utf8')
  const [, section = ''] = guide.split('## Events for agents')
  const documented = section
    .split('\n')
    .filter((line) => line.startsWith('| `holdfast.') && !line.startsWith('| `holdfast.cache.'))
    .flatMap((line) => {
      const [first = '', ...others] =
        (line.split('|')[1] ?? '').match(/`[^`]+`/g)?.map((text) => text.slice(1, -1)) ?? []
      const source = first.split('.')[1] ?? ''
      return [first, ...others.map((name) => `holdfast.${source}${name}`)]
    })
  const published = Object.entries(events).flatMap(([source, names]) =>
    Object.keys(names).map((name) => `holdfast.${source}.${name}`),
  )
  expect(documented.sort()).toEqual(published.sort())
})
