import { awkwardIds, credentialIds } from '@holdfast/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSecretNames } from './secret-name.ts'

const plain = createSecretNames('')

describe('names in Key Vault', () => {
  it.each([
    ['db/main', 'db-2fmain'],
    ['a-b', 'a-2db'],
    ['Main', '-4dain'],
    ['ß', '-c3-9f'],
  ])('%s is %s', (id, name) => {
    expect(plain.nameOf(id)).toBe(name)
    expect(plain.idOf(name)).toBe(id)
  })

  it('are allowed, come back, and differ in more than case, whatever the id and the prefix', () => {
    for (const names of [plain, createSecretNames('app'), createSecretNames('a1-B2-c3')]) {
      fc.assert(
        fc.property(fc.oneof(credentialIds, fc.constantFrom(...awkwardIds)), (id) => {
          const name = names.nameOf(id)
          expect(name).toMatch(/^[0-9A-Za-z-]{1,127}$/)
          expect(names.isHash(name) ? id : names.idOf(name)).toBe(id)
        }),
      )
    }
    const seen = new Set(awkwardIds.map((id) => plain.nameOf(id).toLowerCase()))
    expect(seen.size).toBe(awkwardIds.length)
  })

  it('are a hash where they would be too long, which says so', () => {
    const name = plain.nameOf('x'.repeat(128))
    expect(name).toMatch(/^--[0-9a-f]{64}$/)
    expect(plain.isHash(name)).toBe(true)
    expect(plain.idOf(name)).toBeUndefined()
    expect(plain.isHash(plain.nameOf('x'.repeat(127)))).toBe(false)
  })

  it.each(['mySecret', 'a-', 'a-2', 'a-zz', 'a-61b', '-ff', 'other-p-a', ''])('%j is nobody of ours', (name) => {
    expect(plain.idOf(name)).toBeUndefined()
  })

  it('of one prefix are none of another', () => {
    const [app, apple] = [createSecretNames('app'), createSecretNames('apple')]
    expect(app.idOf(apple.nameOf('x'))).toBeUndefined()
    expect(apple.idOf(app.nameOf('x'))).toBeUndefined()
    expect(app.idOf(app.nameOf('x').toUpperCase().toLowerCase())).toBe('x')
  })
})
