import assert from 'node:assert/strict'
import type { HealthReport } from '@holdfast/contracts'
import { createSecretScanner } from '../secret-scanner.ts'
import { within } from '../within.ts'
import { present } from './present.ts'
import type { ResourceAdapterCase } from './resource-adapter-harness.ts'
import { signalCases } from './signal-cases.ts'

/** How the other side is doing. */
export const healthCases: readonly ResourceAdapterCase[] = [
  {
    name: 'health: is up, with how long the probe took and when it was made',
    needs: ['health'],
    async run({ adapter, create, use, secrets }) {
      const resource = await create()
      const report = present(await adapter.health?.(resource, {}), 'health')
      assert.equal(report.status, 'up', report.reason)
      requireReport(report, secrets)
      await use(resource)
    },
  },
  {
    name: 'health: is not up once the resource is broken, says why, and does not reject',
    needs: ['health', 'breakResource'],
    async run({ adapter, create, breakResource, secrets, patienceMs }) {
      const resource = await create()
      await present(breakResource, 'breakResource')(resource)
      const probing = async (): Promise<HealthReport> => present(await adapter.health?.(resource, {}), 'health')
      const report = await within(probing(), patienceMs, 'health of a broken one')
      assert.notEqual(report.status, 'up')
      assert.ok((report.reason ?? '').length > 0, 'there is no reason')
      requireReport(report, secrets)
    },
  },
  ...signalCases('health'),
]

const requireReport = (report: HealthReport, secrets: readonly string[]): void => {
  assert.ok(report.latencyMs >= 0, 'latencyMs')
  assert.match(report.checkedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
  const scanner = createSecretScanner()
  for (const [index, secret] of secrets.entries()) scanner.watch(`secret ${index + 1}`, secret)
  scanner.look('report', report)
  assert.deepEqual(scanner.leaks, [], 'the report shows what it must not')
}
