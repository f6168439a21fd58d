import { expect, it } from 'vitest'
import { serverDefinitions } from './server-definitions.ts'

it('gives each server a name, variables and a pinned installation of its own', () => {
  const names = serverDefinitions.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  const variables = serverDefinitions.flatMap(({ environment }) => Object.keys(environment))
  expect(new Set(variables).size).toBe(variables.length)
  for (const { name, installation, container, plan, optional } of serverDefinitions) {
    expect(installation !== undefined || container !== undefined, name).toBe(true)
    expect(plan === undefined, name).toBe(installation === undefined)
    // What no package client carries cannot be demanded of a machine without Docker.
    if (installation === undefined) expect(optional, name).toBe(true)
  }
})

it('takes no variable that is set for other reasons where that would be dangerous', () => {
  const variables = serverDefinitions.flatMap(({ environment }) => Object.keys(environment))
  for (const risky of [
    'VAULT_ADDR',
    'VAULT_TOKEN',
    'KUBECONFIG',
    'AWS_ENDPOINT_URL',
    'AWS_ACCESS_KEY_ID',
    'DATABASE_URL',
  ]) {
    expect(variables).not.toContain(risky)
  }
})
