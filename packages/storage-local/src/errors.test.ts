import { HoldfastError } from '@holdfast/contracts'
import { expect, it } from 'vitest'
import { errnoMeanings, toHoldfastError } from './errors.ts'

const errno = (code: string): Error => Object.assign(new Error(`${code}: failed, open '/store/x'`), { code })

it.each([
  ['EACCES', 'PERMISSION_DENIED', undefined, false],
  ['EPERM', 'PERMISSION_DENIED', undefined, false],
  ['EROFS', 'PERMISSION_DENIED', 'READ_ONLY', false],
  ['ENOSPC', 'RESOURCE_EXHAUSTED', 'DISK_FULL', false],
  ['EDQUOT', 'RESOURCE_EXHAUSTED', 'DISK_FULL', false],
  ['EFBIG', 'RESOURCE_EXHAUSTED', 'DISK_FULL', false],
  ['EMFILE', 'UNAVAILABLE', undefined, true],
  ['ENFILE', 'UNAVAILABLE', undefined, true],
  ['ENOMEM', 'UNAVAILABLE', undefined, true],
  ['EIO', 'UNAVAILABLE', undefined, true],
  ['ENXIO', 'UNAVAILABLE', undefined, true],
  ['ENODEV', 'UNAVAILABLE', undefined, true],
  ['ESTALE', 'UNAVAILABLE', undefined, true],
  ['ENOENT', 'UNAVAILABLE', undefined, true],
  ['EBUSY', 'UNAVAILABLE', undefined, true],
  ['EAGAIN', 'UNAVAILABLE', undefined, true],
  ['ENOTDIR', 'DATA_LOSS', 'TAMPERED', false],
  ['EISDIR', 'DATA_LOSS', 'TAMPERED', false],
  ['ELOOP', 'DATA_LOSS', 'TAMPERED', false],
  ['ETIMEDOUT', 'TIMEOUT', undefined, true],
  ['ENAMETOOLONG', 'INVALID_ARGUMENT', 'OPTIONS_INVALID', false],
  ['ENOTSUP', 'UNSUPPORTED', undefined, false],
  ['EOPNOTSUPP', 'UNSUPPORTED', undefined, false],
  ['EWEIRD', 'INTERNAL', undefined, false],
])('%s is %s', (code, expected, reason, retryable) => {
  const error = toHoldfastError(errno(code), 'store', { id: 'db/main' })
  expect(error).toMatchObject({ code: expected, reason, retryable, source: 'storage-local', operation: 'store' })
  expect(error.details).toEqual({ id: 'db/main', errno: code })
  expect(error.message).toContain(code)
})

it('has a row above for every meaning', () => {
  expect(Object.keys(errnoMeanings)).toHaveLength(23)
})

it('leaves our own errors alone, takes anything that is thrown, and shows no planted secret', () => {
  const own = new HoldfastError({ code: 'CLOSED', source: 'x', operation: 'y', message: 'm.', hint: 'h.' })
  expect(toHoldfastError(own, 'store')).toBe(own)
  expect(toHoldfastError('text', 'store')).toMatchObject({ code: 'INTERNAL' })
  const planted = Object.assign(new Error('failed'), { code: 'EIO', buffer: 'planted-secret', toString: undefined })
  expect(JSON.stringify(toHoldfastError(planted, 'store'))).not.toContain('planted-secret')
})
