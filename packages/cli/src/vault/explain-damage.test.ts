import { HoldfastError } from '@holdfast/contracts'
import { keyringId } from '@holdfast/credential-core'
import { expect, test } from 'vitest'
import { explainDamage } from './explain-damage.ts'

const damaged = (id: string): HoldfastError =>
  new HoldfastError({
    code: 'DATA_LOSS',
    reason: 'TAMPERED',
    source: 'storage-local',
    operation: 'retrieve',
    message: 'The stored file is damaged.',
    hint: 'Call repair() to move it aside.',
    details: { id, file: '/x' },
  })

test('a damaged record names the command that repairs it instead of the method', () => {
  const explained = explainDamage(damaged('db/main'))
  expect(explained.message).toMatch(/^The stored file is damaged\. holdfast restore db\/main/)
  expect(explained.message).not.toContain('repair()')
  expect(explained).toMatchObject({ code: 'DATA_LOSS', reason: 'TAMPERED', details: { file: '/x' } })
})

test('the keyring, which no command restores, needs a backup', () => {
  expect(explainDamage(damaged(keyringId)).hint).toContain('backup')
})
