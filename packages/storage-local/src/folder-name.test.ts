import { assertCredentialId } from '@holdfast/contracts/credentials'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeFolderName, encodeFolderName, isFolderName } from './folder-name.ts'

it.each([
  ['db/main', 'db%2fmain'],
  ['Stripe', '%53tripe'],
  ['CON', '%43%4f%4e'],
  ['con', '%63on'],
  ['con.txt', '%63on.txt'],
  ['com1', '%63om1'],
  ['lpt9.a', '%6cpt9.a'],
  ['console', 'console'],
  ['nul', '%6eul'],
  ['.holdfast/keyring', '%2eholdfast%2fkeyring'],
  ['name.', 'name%2e'],
  ['name ', 'name%20'],
  ['a..b', 'a..b'],
  ['..a', '%2e.a'],
  ['a%2fb', 'a%252fb'],
  ['~x', '%7ex'],
  ['ß', '%c3%9f'],
  ['a:b|c*?"<>\\', 'a%3ab%7cc%2a%3f%22%3c%3e%5c'],
])('%s is kept in %s', (id, name) => {
  expect(encodeFolderName(id)).toBe(name)
  expect(decodeFolderName(name)).toBe(id)
})

it('hashes what is longer than 200 bytes', () => {
  expect(encodeFolderName('a'.repeat(200))).toBe('a'.repeat(200))
  expect(encodeFolderName('a'.repeat(201))).toMatch(/^~[0-9a-f]{64}$/)
  expect(encodeFolderName('/'.repeat(67))).toMatch(/^~/)
  expect(decodeFolderName(encodeFolderName('a'.repeat(300)))).toBeUndefined()
  expect(isFolderName(encodeFolderName('a'.repeat(300)))).toBe(true)
})

it('never gives two ids one name, also where case is ignored, and stays within what file systems take', () => {
  const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }).filter((text) => {
    try {
      assertCredentialId(text, 'test', 'test')
      return true
    } catch {
      return false
    }
  })
  fc.assert(
    fc.property(id, id, (one, other) => {
      const name = encodeFolderName(one)
      expect(name).toMatch(/^[a-z0-9_%~-][a-z0-9_.%-]*$/)
      expect(name.length).toBeLessThanOrEqual(200)
      expect(name.endsWith('.')).toBe(false)
      expect(isFolderName(name)).toBe(true)
      if (!name.startsWith('~')) expect(decodeFolderName(name)).toBe(one)
      if (one !== other) expect(encodeFolderName(other).toLowerCase()).not.toBe(name.toLowerCase())
      const upper = one.toUpperCase()
      if (upper !== one) expect(encodeFolderName(upper)).not.toBe(name)
    }),
    { examples: [['DB/Main', 'db/main']] },
  )
})

it.each(['.pending', '.quarantine', 'lost+found', 'Name', 'a%2Fb', 'a%61', '~short', '%zz', ''])(
  'takes %s for nothing of its own',
  (name) => {
    expect(isFolderName(name)).toBe(false)
  },
)
