import { cacheStoreOperations } from '@holdfast/contracts/cache'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { expect, it } from 'vitest'
import { callTargetOf } from './call-target.ts'

it.each([
  ['storage-local (/var/lib/app)', 'storage-local', '/var/lib/app'],
  ['storage-memory', 'storage-memory', 'storage-memory'],
  ['storage-vault (https://vault:8200/(kv))', 'storage-vault', 'https://vault:8200/(kv)'],
  [undefined, 'unknown', 'unknown'],
  ['', 'unknown', 'unknown'],
])('reads what %j is', (name, expectedPackage, backend) => {
  const target = callTargetOf({ name }, credentialStorageOperations, {})
  expect(target).toEqual({ package: expectedPackage, backend, subject: 'credential', hasRecords: true })
})

it('is told otherwise by options', () => {
  const options = { package: 'orders', backend: 'eu-1', subject: 'order' }
  expect(callTargetOf({ name: 'x (y)' }, credentialStorageOperations, options)).toEqual({
    ...options,
    hasRecords: true,
  })
  expect(callTargetOf({ name: 'x' }, credentialStorageOperations, { package: 'orders' }).backend).toBe('orders')
})

it('takes keys of a cache for nothing that may be shown, unless told what they are', () => {
  expect(callTargetOf({ name: 'cache' }, cacheStoreOperations, {}).subject).toBeUndefined()
  expect(callTargetOf({ name: 'cache' }, cacheStoreOperations, { subject: 'page' }).subject).toBe('page')
})
