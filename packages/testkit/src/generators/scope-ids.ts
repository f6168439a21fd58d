import { parseScopeId, type ScopeId } from '@holdfast/contracts'
import fc from 'fast-check'

const scopeName = fc.constantFrom('org', 'team', 'service', 'env', 'x-1')

/** Values that are prefixes of each other, so that comparing by text instead of by segments is found out. */
const scopeValue = fc.oneof(
  fc.constantFrom('a', 'ac', 'acme', 'acme-2', 'eng', 'engineering', 'ü', '日本'),
  fc.stringMatching(/^[a-z0-9]{1,12}$/),
)

/** Valid scopes of one to five segments. */
export const scopeIds: fc.Arbitrary<ScopeId> = fc
  .array(fc.tuple(scopeName, scopeValue), { minLength: 1, maxLength: 5 })
  .map((segments) => parseScopeId(segments.map(([name, value]) => `${name}:${value}`).join('/')))
