import { hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEncodedNames, type EncodedNames, namePrefixPattern } from './encoded-names.ts'

const namesOf = (prefix?: string): EncodedNames =>
  createEncodedNames({ prefix, maxLength: 127, hash: (text) => hash('sha256', text, 'hex') })

const plain = namesOf()

describe('encoded names', () => {
  it.each([
    ['db/main', 'db-2fmain'],
    ['a-b', 'a-2db'],
    ['Main', '-4dain'],
    ['ß', '-c3-9f'],
  ])('%s is %s', (id, name) => {
    expect(plain.nameOf(id)).toBe(name)
    expect(plain.idOf(name)).toBe(id)
  })

  it('come back and are never two of one, whatever the id and the prefix', () => {
    for (const names of [plain, namesOf('app'), namesOf('a1-b2-c3')]) {
      fc.assert(
        fc.property(
          fc.string({ unit: 'binary', minLength: 1 }),
          fc.string({ unit: 'binary', minLength: 1 }),
          (one, two) => {
            const name = names.nameOf(one)
            expect(name).toMatch(/^[0-9a-z-]{1,127}$/)
            expect(names.isHash(name) ? one : names.idOf(name)).toBe(one)
            if (one !== two) expect(names.nameOf(two)).not.toBe(name)
          },
        ),
      )
    }
  })

  it('are a hash where they would be too long, which says so', () => {
    const name = plain.nameOf('x'.repeat(128))
    expect(name).toMatch(/^--[0-9a-f]{64}$/)
    expect(plain.isHash(name)).toBe(true)
    expect(plain.idOf(name)).toBeUndefined()
    expect(plain.isHash(plain.nameOf('x'.repeat(127)))).toBe(false)
    expect(plain.isHash(plain.nameOf(`-${'a'.repeat(64)}`))).toBe(false)
  })

  it.each(['mySecret', 'a-', 'a-2', 'a-zz', 'a-61b', '-ff', 'other-p-a', ''])('%j is nobody of ours', (name) => {
    expect(plain.idOf(name)).toBeUndefined()
  })

  it('of one prefix are none of another', () => {
    const [app, apple] = [namesOf('app'), namesOf('apple')]
    expect(app.idOf(apple.nameOf('x'))).toBeUndefined()
    expect(apple.idOf(app.nameOf('x'))).toBeUndefined()
    expect(app.idOf(app.nameOf('x').toUpperCase().toLowerCase())).toBe('x')
  })

  it.each(['-a', 'a-', 'a--b', 'a_b', 'ä', 'A', 'p', 'a-p', 'p-a', 'a-p-b', ''])('%j is no prefix', (prefix) => {
    expect(namePrefixPattern.test(prefix)).toBe(false)
  })
})
