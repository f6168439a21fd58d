import { inspect } from 'node:util'
import { serialize } from 'node:v8'
import { expect, it } from 'vitest'
import { Secret } from './secret.ts'

const planted = 'planted-value-7f3a'

it('shows nothing in any of the ways a value is printed, copied or sent', () => {
  const secret = new Secret(planted)
  const holder = { secret, list: [secret] }
  const error = new Error('failed', { cause: holder })
  const outputs = [
    String(secret),
    `${secret}`,
    inspect(secret, { showHidden: true, depth: 10 }),
    inspect(holder, { showHidden: true, depth: 10 }),
    inspect(error, { showHidden: true, depth: 10 }),
    JSON.stringify(holder),
    JSON.stringify({ ...secret }),
    JSON.stringify(Object.assign({}, secret)),
    inspect(structuredClone(secret)),
    serialize(secret).toString('latin1'),
    JSON.stringify(Object.getOwnPropertyDescriptors(secret)),
  ]
  for (const output of outputs) expect(output).not.toContain(planted)
})
