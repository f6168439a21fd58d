import { expect, it } from 'vitest'
import { tarballProblems } from './tarball-problems.ts'

const manifest = {
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
  bin: { acme: './dist/main.js' },
  dependencies: { '@holdfast/contracts': '^0.1.0' },
}
const files = ['package.json', 'README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts', 'dist/main.js']

it('finds nothing in a package that is whole', () => {
  expect(tarballProblems(manifest, files)).toEqual([])
})

it.each([
  ['no licence', manifest, files.filter((file) => file !== 'LICENSE'), 'has no LICENSE'],
  [
    'a target that is not packed',
    manifest,
    files.filter((file) => file !== 'dist/index.d.ts'),
    './dist/index.d.ts, which is not packed',
  ],
  [
    'a command that is not packed',
    manifest,
    files.filter((file) => file !== 'dist/main.js'),
    './dist/main.js, which is not packed',
  ],
  [
    'sources instead of built files',
    { ...manifest, exports: { '.': './src/index.ts' } },
    [...files, 'src/index.ts'],
    'instead of a built file',
  ],
  ['tests', manifest, [...files, 'dist/a.test.js'], 'holds dist/a.test.js'],
  [
    'a dependency of the workspace',
    { ...manifest, dependencies: { a: 'workspace:^' } },
    files,
    'which only works here',
  ],
])('finds %s', (_what, planted, packed, message) => {
  expect(tarballProblems(planted, packed).join('\n')).toContain(message)
})
