import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HealthReport } from '@holdfast/contracts'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { expect, onTestFinished, test } from 'vitest'
import { checkFolder, checkStore } from './check-store.ts'

test('what lies in a folder and should not is told, with what to do', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-doctor-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  expect(await checkFolder(directory, 0)).toEqual([expect.objectContaining({ check: 'folder', status: 'ok' })])
  await mkdir(join(directory, '.pending'))
  await writeFile(join(directory, '.pending/a'), '')
  await chmod(directory, 0o750)
  expect(await checkFolder(directory, 2)).toEqual([
    expect.objectContaining({ check: 'folder', status: 'fail', next: `Run: chmod 700 ${directory}` }),
    expect.objectContaining({ check: 'leftovers', status: 'warn', message: expect.stringMatching(/\.pending: 1$/) }),
    expect.objectContaining({ check: 'leftovers', status: 'warn', message: expect.stringMatching(/\.quarantine: 2$/) }),
  ])
})

test.each([
  ['up', 'ok'],
  ['degraded', 'warn'],
  ['down', 'fail'],
] as const)('a store that is %s is %s', async (health, status) => {
  const report: HealthReport = {
    status: health,
    latencyMs: 1,
    checkedAt: '2026-11-21T12:00:00.000Z',
    reason: 'no room',
  }
  const storage = { ...createMemoryStorage(), health: async () => report }
  const finding = await checkStore(storage, new AbortController().signal)
  expect(finding.status).toBe(status)
  if (status !== 'ok') expect(finding.message).toContain('no room')
})
