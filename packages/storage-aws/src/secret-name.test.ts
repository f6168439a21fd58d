import { credentialIds } from '@holdfast/testkit'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { idOfSecret, maxPrefixLength, namePrefixesOf, secretNameOf } from './secret-name.ts'

const prefixes = fc.constantFrom('', 'holdfast', 'shop/prod', 'a-b', 'p'.repeat(300), 'p'.repeat(maxPrefixLength))

it('names every id as AWS takes it, and finds the id again', () => {
  fc.assert(
    fc.property(prefixes, credentialIds, (prefix, id) => {
      const name = secretNameOf(prefix, id)
      expect(name).toMatch(/^[A-Za-z0-9/_+=.@-]{1,512}$/)
      expect(name).not.toMatch(/-.{6}$/)
      expect(idOfSecret(prefix, name, id)).toBe(id)
      // The description only matters where the name cannot say it.
      if (name.length <= prefix.length + 50) expect(idOfSecret(prefix, name, 'something else')).toBe(id)
    }),
    { numRuns: 500 },
  )
})

it('never gives two ids one name', () => {
  fc.assert(
    fc.property(prefixes, credentialIds, credentialIds, (prefix, one, other) => {
      fc.pre(one !== other)
      expect(secretNameOf(prefix, one)).not.toBe(secretNameOf(prefix, other))
    }),
    { numRuns: 500 },
  )
})

it.each([
  ['db/main', 'p/db/main'],
  ['DB/Main', 'p/DB/Main'],
  ['db:main', 'p/db=3amain'],
  ['a=3a', 'p/a=3d3a'],
  ['a b', 'p/a=20b'],
  ['ü', 'p/=c3=bc'],
  ['api-abcdef', 'p/api-abcdef='],
  ['api-abcde', 'p/api-abcde'],
  ['--abcde', 'p/--abcde=='],
  ['a-=', 'p/a-=3d'],
  ['a-b-bcde', 'p/a-b-bcde='],
])('writes %s as %s', (id, name) => {
  expect(secretNameOf('p', id)).toBe(name)
  expect(idOfSecret('p', name)).toBe(id)
})

it('hashes an id that is too long, and believes the description only when it fits', () => {
  const id = 'é'.repeat(256)
  const name = secretNameOf('p', id)
  expect(name).toMatch(/^p\/=h[0-9a-f]{64}$/)
  expect(idOfSecret('p', name, id)).toBe(id)
  expect(idOfSecret('p', name, `${id.slice(1)}a`)).toBeUndefined()
  expect(idOfSecret('p', name)).toBeUndefined()
  expect(secretNameOf('p'.repeat(maxPrefixLength), 'é'.repeat(256))).toHaveLength(512)
})

it.each([
  'other/db',
  'p',
  'p/',
  'pp/db',
  'p/rds!cluster',
  'p/a=3A',
  'p/a=61',
  'p/a==',
  'p/api-abcdef',
  'p/a=ff',
  'p/a//b',
  'p/a/../b',
  'p/=0a',
  'p/=hxyz',
  'p/=probe',
])('does not take %s for one of its own names', (name) => {
  expect(idOfSecret('p', name, name)).toBeUndefined()
})

it('narrows a search by names without missing an id', () => {
  fc.assert(
    fc.property(prefixes, credentialIds, fc.nat(20), (prefix, id, length) => {
      const idPrefix = [...id].slice(0, length).join('')
      const beginnings = namePrefixesOf(prefix, idPrefix) ?? ['']
      expect(beginnings.some((beginning) => secretNameOf(prefix, id).startsWith(beginning))).toBe(true)
      for (const beginning of beginnings) expect(beginning.length).toBeLessThanOrEqual(512)
    }),
    { numRuns: 500 },
  )
  expect(namePrefixesOf('', '')).toBeUndefined()
  expect(namePrefixesOf('p', 'é'.repeat(256))).toEqual(['p/=h'])
})
