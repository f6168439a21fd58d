import { describe, expect, it } from 'vitest'
import { fixtureRepository, withFiles } from '../check-packages/fixture-workspace.ts'
import { loadWorkspace } from '../check-packages/workspace.ts'
import { includeRegions } from './include-regions.ts'
import { fillPackageTable } from './package-table.ts'

const example =
  'before()\n// #region setup\n  const a = 1\n  // #region inner\n  if (a) {\n    use(a)\n  }\n  // #endregion inner\n// #endregion setup\nafter()\n'
const fill = (document: string): ReturnType<typeof includeRegions> =>
  withFiles({ 'apps/examples/src/a.ts': example }, (root) => includeRegions(root, document))

describe('included code', () => {
  it('is the region without its markers and its common indentation', () => {
    const { text, problems } = fill(
      '# A\n\n<!-- include: apps/examples/src/a.ts#setup -->\nold\n<!-- /include -->\n\nend\n',
    )
    expect(problems).toEqual([])
    expect(text).toBe(
      '# A\n\n<!-- include: apps/examples/src/a.ts#setup -->\n```ts\nconst a = 1\nif (a) {\n  use(a)\n}\n```\n<!-- /include -->\n\nend\n',
    )
    expect(fill(text).text).toBe(text)
  })

  it.each([
    [
      'a file that is gone',
      '<!-- include: apps/gone.ts#a -->\n<!-- /include -->\n',
      'apps/gone.ts, which does not exist',
    ],
    ['a region that is gone', '<!-- include: apps/examples/src/a.ts#b -->\n<!-- /include -->\n', 'no such region'],
    [
      'a block that is not closed',
      '<!-- include: apps/examples/src/a.ts#setup -->\ntext\n',
      'without its <!-- /include -->',
    ],
  ])('says so of %s and leaves the text alone', (_what, document, message) => {
    const { text, problems } = fill(document)
    expect(problems.join('\n')).toContain(message)
    expect(text).toBe(document)
  })
})

describe('the table of packages', () => {
  const packages = withFiles(fixtureRepository, (root) => loadWorkspace(root).packages)

  it('has a row with the description of every published package', () => {
    const filled = fillPackageTable('a\n<!-- packages -->\nprevious rows\n<!-- /packages -->\nb\n', packages)
    expect(filled).toContain(
      '| [`@holdfast/storage-acme`](packages/storage-acme) | A package that exists to be checked |',
    )
    expect(filled).not.toContain('previous rows')
    expect(fillPackageTable(filled ?? '', packages)).toBe(filled)
  })

  it('needs its place', () => {
    expect(fillPackageTable('# no place\n', packages)).toBeUndefined()
  })
})
