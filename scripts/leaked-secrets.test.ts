import { expect, it } from 'vitest'
import { findLeakedSecrets } from './leaked-secrets.ts'

it('finds what was planted, as it is and encoded, and says where', () => {
  const secret = 'planted-value-7f3a'
  const places = new Map([
    ['clean', 'no planted secret is in this'],
    ['plain', `error: ${secret}`],
    ...['', 'a', 'ab'].map(
      (before, index) => [`encoded ${index}`, Buffer.from(before + secret).toString('base64')] as const,
    ),
  ])
  expect(findLeakedSecrets(places).map(({ where }) => where)).toEqual(['plain', 'encoded 0', 'encoded 1', 'encoded 2'])
})
