import { HoldfastError } from '@holdfast/contracts'
import { expect, test } from 'vitest'
import { parseStoreUrl } from './parse-store-url.ts'

test.each([
  ['file:./secrets', { provider: 'local', directory: './secrets' }],
  ['file:secrets/a b%20c?d#e@f', { provider: 'local', directory: 'secrets/a b%20c?d#e@f' }],
  ['file:/var/lib/app', { provider: 'local', directory: '/var/lib/app' }],
  ['file:///var/lib/app', { provider: 'local', directory: '/var/lib/app' }],
  ['file:C:\\secrets', { provider: 'local', directory: 'C:\\secrets' }],
  ['memory:', { provider: 'memory' }],
  ['aws:eu-central-1', { provider: 'aws', region: 'eu-central-1' }],
  ['aws:eu-central-1/app/live', { provider: 'aws', region: 'eu-central-1', prefix: 'app/live' }],
  ['azure:acme.vault.azure.net', { provider: 'azure', vaultUrl: 'https://acme.vault.azure.net' }],
  ['k8s:acme-prod', { provider: 'k8s', namespace: 'acme-prod' }],
  [
    'vault+https://vault.acme.example:8200/kv/app/live',
    { provider: 'vault', address: 'https://vault.acme.example:8200', mount: 'kv', prefix: 'app/live' },
  ],
  ['vault+https://vault.acme.example', { provider: 'vault', address: 'https://vault.acme.example' }],
  ['vault+http://127.0.0.1:8200/kv', { provider: 'vault', address: 'http://127.0.0.1:8200', mount: 'kv' }],
  ['acme:somewhere/else', { provider: 'acme', location: 'somewhere/else' }],
])('%s', (url, store) => {
  expect(parseStoreUrl(url)).toEqual(store)
})

test.each([
  ['', 'begins with a provider'],
  ['./secrets', 'begins with a provider'],
  ['file:', 'names no folder'],
  ['file://host/path', 'names a host'],
  ['file:a\nb', 'control character'],
  ['memory:x', 'takes nothing'],
  ['aws:', 'no region'],
  ['aws:EU/x', 'no region'],
  ['azure:a/b', 'no vault host'],
  ['k8s:Not_A_Namespace', 'no namespace'],
  ['vault+https:host', 'no host'],
  ['vault+https://', 'no host'],
])('%j is refused with what is wrong', (url, problem) => {
  expect(() => parseStoreUrl(url)).toThrow(problem)
})

test.each([
  'vault+https://user:p1anted@host/x',
  'aws:p1anted@eu-central-1',
  'azure:user:p1anted@host',
  'k8s:p1anted@namespace',
  'acme:user:p1anted@host',
  'vault+https://host/x?token=p1anted',
  'vault+https://host/x#p1anted',
])('credentials in a URL are refused and not repeated: %s', (url) => {
  try {
    parseStoreUrl(url)
    expect.unreachable()
  } catch (error) {
    expect(HoldfastError.is(error, 'INVALID_ARGUMENT')).toBe(true)
    expect(JSON.stringify(error)).not.toContain('p1anted')
  }
})
