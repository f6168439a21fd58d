// What do errors, secrets, scopes and layers look like to a program that uses them?
import assert from 'node:assert/strict'
import { inspect } from 'node:util'

// #region example
import { HoldfastError, matchesPrefix, parseScopeId, Secret } from '@holdfast/contracts'

const password = new Secret('s3cret')
console.log(`${password}`, password, JSON.stringify({ password })) // [redacted] [redacted] {"password":"[redacted]"}

const team = parseScopeId('org:acme/team:eng')
console.log(matchesPrefix(team, parseScopeId('org:acme'))) // true
console.log(matchesPrefix(team, parseScopeId('org:ac'))) // false: only whole segments count

try {
  parseScopeId('acme')
} catch (error) {
  if (HoldfastError.is(error, 'INVALID_ARGUMENT')) console.log(error.reason, '—', error.hint)
}
// #endregion example

assert.equal(inspect(password), '[redacted]')
assert.equal(password.reveal(), 's3cret')
assert.ok(password.equals(new Secret('s3cret')))
