import { expect, it } from 'vitest'
import { remedyFor } from './remedy.ts'
import { serverDefinition } from './server-definitions.ts'

it('names the command that fetches a server, or how else to come by one', () => {
  expect(remedyFor(serverDefinition('redis'))).toBe('Get it with: npm run servers -- fetch redis')
  const vault = serverDefinition('vault')
  const variables = 'set VAULT_TEST_ADDR, VAULT_TEST_TOKEN'
  expect(remedyFor(vault)).toBe(`Start Docker, whose compose file has it, or ${variables}`)
  const { container: _, ...without } = vault
  expect(remedyFor(without)).toBe(`To use one, ${variables}`)
})
