import { expect, it } from 'vitest'
import { customMetadataOf } from './custom-metadata.ts'

it.each<readonly [string, string, boolean]>([
  ['env', 'prod', true],
  ['ключ', 'значение ü 🔑', true],
  ['a'.repeat(128), 'b'.repeat(512), true],
  ['a'.repeat(129), 'b', false],
  ['a', 'b'.repeat(513), false],
  ['é'.repeat(65), 'b', false],
  ['a', '', false],
  ['', 'b', false],
  ['a', 'line\nbreak', false],
  ['a', 'zero\u200bwidth', false],
  ['a', 'no\u00a0break', false],
  ['__proto__', 'x', true],
])('%j with %j', (name, value, isShown) => {
  const tags = Object.fromEntries([[name, value]])
  expect(customMetadataOf(tags)).toEqual(isShown ? { wanted: tags, left: [] } : { wanted: {}, left: [name] })
})
