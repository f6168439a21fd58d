import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { foreignPackages } from './foreign-packages.ts'
import { installedPackages } from './installed-packages.ts'
import { sizeRow } from './size-row.ts'

const nodeModulesWith = (files: Readonly<Record<string, string>>): string => {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-install-size-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

const manifest = (name: string, version = '1.0.0'): string => JSON.stringify({ name, version })

it('counts each copy of a package with its own files, and nothing that npm puts beside them', () => {
  const root = nodeModulesWith({
    '.package-lock.json': 'x'.repeat(5000),
    '.bin/placeholder': 'x'.repeat(5000),
    'zod/package.json': manifest('zod'),
    'zod/lib/deep/index.js': 'x'.repeat(1000),
    '@acme/client/package.json': manifest('@acme/client'),
    '@acme/client/node_modules/zod/package.json': manifest('zod', '3.0.0'),
    '@acme/client/node_modules/zod/index.js': 'x'.repeat(100),
    '@acme/other/package.json': manifest('@acme/other'),
  })
  symlinkSync(join(root, 'zod/lib/deep/index.js'), join(root, 'zod/again.js'))
  const found = installedPackages(root).map(({ name, version, bytes }) => [`${name}@${version}`, bytes])
  expect(Object.fromEntries(found)).toEqual({
    'zod@1.0.0': 1000 + manifest('zod').length,
    'zod@3.0.0': 100 + manifest('zod').length,
    '@acme/client@1.0.0': manifest('@acme/client').length,
    '@acme/other@1.0.0': manifest('@acme/other').length,
  })
})

const installed = (...names: readonly string[]) => names.map((name) => ({ name, version: '1.0.0', bytes: 500_000 }))

it.each([
  ['aws', ['@aws-sdk/client-secrets-manager', '@smithy/core', 'zod', '@holdfast/contracts'], []],
  ['azure', ['@azure/identity', '@kubernetes/client-node'], ['@kubernetes/client-node']],
  ['vault', ['@aws-sdk/core', '@azure/core-auth'], ['@aws-sdk/core', '@azure/core-auth']],
  ['k8s', ['@kubernetes/client-node', '@smithy/types'], ['@smithy/types']],
  ['local', ['@holdfast/storage-memory', '@holdfast/resilience'], ['@holdfast/storage-memory', '@holdfast/resilience']],
])('finds what an install of storage-%s should not contain', (backend, names, foreign) => {
  const driver = `@holdfast/storage-${backend}`
  expect(foreignPackages(driver, installed(driver, ...names))).toEqual(foreign)
})

it('adds up an install and names what is large in it', () => {
  const driver = '@holdfast/storage-acme'
  expect(
    sizeRow(driver, [...installed(driver, 'zod', 'zod', 'a'), { name: 'b', version: '2.0.0', bytes: 90_000 }]),
  ).toBe('| storage-acme | 5 | 2.1 | zod 1.0, a 0.5, b 0.1 |')
})
