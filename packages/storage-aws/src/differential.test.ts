import { createMemoryStorage } from '@holdfast/storage-memory'
import { compareStorages } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { openDocumented } from '../test/support/open-documented.ts'

const limits = { maxValueBytes: 46_080 }

it.each([1, 2])('2,000 random operations end as they do in memory, deleted for good (seed %d)', async (seed) => {
  const { storage } = openDocumented({ recoveryWindowDays: 0 })
  const reference = createMemoryStorage({ without: ['recover'], keepVersions: 1000, limits })
  const outcomes = await compareStorages({ reference, subject: storage, seed })
  expect(outcomes['delete version: done']).toBeGreaterThan(5)
})

it('2,000 random operations end as they do in memory, purged after each delete', async () => {
  const { storage } = openDocumented()
  const reference = createMemoryStorage({ keepVersions: 1000, limits })
  const outcomes = await compareStorages({ reference, subject: storage, seed: 4, purgesDeleted: true })
  expect(outcomes['recover: CONFLICT']).toBeGreaterThan(5)
})
