import { matchesPrefix, parseScopeId, scopeProblem } from '@holdfast/contracts'
import { credentialIdProblem } from '@holdfast/contracts/credentials'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { awkwardIds, invalidIds } from '../credential-storage/hostile-ids.ts'
import { credentialIds, invalidCredentialIds } from './credential-ids.ts'
import { credentialRecords } from './credential-records.ts'
import { scopeIds } from './scope-ids.ts'

describe('generators', () => {
  it('make only valid ids, and hostile ones among them', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(credentialIds, (id) => {
        seen.add(id)
        expect(credentialIdProblem(id)).toBeUndefined()
      }),
      { numRuns: 500 },
    )
    expect(awkwardIds.filter((id) => seen.has(id)).length).toBeGreaterThan(10)
    expect([...seen].some((id) => /[^\x20-\x7e]/.test(id))).toBe(true)
  })

  it('make only invalid ids where that is asked for', () => {
    fc.assert(
      fc.property(invalidCredentialIds, (id) => {
        expect(credentialIdProblem(id)).toBeTypeOf('string')
      }),
    )
  })

  it('list only ids that are valid, or not, as they say', () => {
    for (const id of awkwardIds) expect(credentialIdProblem(id), id).toBeUndefined()
    for (const id of invalidIds) expect(credentialIdProblem(id), JSON.stringify(id)).toBeTypeOf('string')
    expect(new Set(awkwardIds).size).toBe(awkwardIds.length)
  })

  it('make only valid scopes, some of which are the beginning of another as text and not as a scope', () => {
    const scopes = fc.sample(scopeIds, { numRuns: 400, seed: 1 })
    for (const scope of scopes) expect(scopeProblem(scope)).toBeUndefined()
    const confusable = scopes.some((scope) =>
      scopes.some((other) => other !== scope && other.startsWith(scope) && !matchesPrefix(other, scope)),
    )
    expect(confusable).toBe(true)
    expect(matchesPrefix(parseScopeId('org:acme'), parseScopeId('org:ac'))).toBe(false)
  })

  it('make records with and without each optional field, and empty values', () => {
    const records = fc.sample(credentialRecords(fc.constant('fixed')), { numRuns: 200, seed: 1 })
    for (const field of ['scope', 'expiresAt', 'seal'] as const) {
      expect(records.some(({ metadata }) => metadata[field] === undefined)).toBe(true)
      expect(records.some(({ metadata }) => metadata[field] !== undefined)).toBe(true)
    }
    expect(records.every(({ metadata }) => metadata.id === 'fixed')).toBe(true)
    expect(records.some(({ value }) => value.length === 0)).toBe(true)
    expect(records.some(({ metadata }) => Object.hasOwn(metadata.tags, '__proto__'))).toBe(true)
  })
})
