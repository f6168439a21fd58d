import { expect, it } from 'vitest'
import { nearNames } from './near-names.ts'

it('finds what somebody may have meant, the nearest first', () => {
  const names = ['orders-db', 'orders-api', 'Orders-DB2', 'mail', 'users-db', 'queue']
  expect(nearNames('orders-bd', names)).toEqual(['orders-db', 'Orders-DB2', 'orders-api'])
  expect(nearNames('mial', names)).toEqual(['mail'])
  expect(nearNames('male', names)).toEqual(['mail'])
  expect(nearNames('something else', names)).toEqual([])
})
