import { copyFileSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type FixtureFiles, fixtureRepository, withFiles } from '../check-packages/fixture-workspace.ts'
import { rules } from '../check-packages/rules.ts'
import { loadWorkspace } from '../check-packages/workspace.ts'
import { includeRegions } from '../documents/include-regions.ts'
import { repositoryRoot } from '../repository-root.ts'
import { runCommand } from '../run-command.ts'
import { packageNames } from './package-names.ts'

const description = 'Credential storage in the vault of Acme'
const files: FixtureFiles = {
  ...fixtureRepository,
  'package.json': readFileSync(join(repositoryRoot, 'package.json'), 'utf8'),
  'README.md': '# Holdfast\n\n<!-- packages -->\n<!-- /packages -->\n',
  'apps/examples/package.json':
    '{"name":"@holdfast/examples","private":true,"type":"module","dependencies":{"@holdfast/contracts":"workspace:*"}}',
  'vitest.config.ts':
    "import { defineConfig } from 'vitest/config'\nexport default defineConfig({ test: { include: ['packages/vault-nova/**/*.test.ts'] } })\n",
}

/** Links what pnpm would install, to the packages of this repository. */
const link = (root: string, folder: string, packages: Readonly<Record<string, string>>): void => {
  for (const [name, from] of Object.entries(packages)) {
    const place = join(root, folder, 'node_modules', name)
    mkdirSync(join(place, '..'), { recursive: true })
    symlinkSync(realpathSync(from), place)
  }
}

it('makes a package that passes the rules, the linter, the compiler and its own tests', async () => {
  await withFiles(files, async (root) => {
    const script = join(repositoryRoot, 'scripts/new-package.ts')
    const made = await runCommand('node', [script, 'vault-nova', '--description', description, '--root', root], {
      directory: root,
    })
    expect(made).toMatchObject({ exitCode: 0 })

    const workspace = loadWorkspace(root)
    expect(rules.flatMap((rule) => [...rule.check(workspace)])).toEqual([])
    const readme = readFileSync(join(root, 'packages/vault-nova/README.md'), 'utf8')
    expect(includeRegions(root, readme)).toEqual({ text: readme, problems: [] })
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(description)

    for (const name of ['tsconfig.base.json', 'biome.json']) copyFileSync(join(repositoryRoot, name), join(root, name))
    const modules = join(repositoryRoot, 'node_modules')
    link(root, '.', {
      vitest: join(modules, 'vitest'),
      '@types/node': join(modules, '@types/node'),
      '@biomejs/biome': join(modules, '@biomejs/biome'),
    })
    link(root, 'packages/vault-nova', {
      '@holdfast/contracts': join(repositoryRoot, 'packages/contracts'),
      '@holdfast/build-config': join(repositoryRoot, 'packages/build-config'),
      zod: join(repositoryRoot, 'packages/storage-memory/node_modules/zod'),
    })
    link(root, 'apps/examples', { '@holdfast/vault-nova': join(root, 'packages/vault-nova') })

    // Its own sources only: the contracts next to it are stand-ins for the rules.
    const lint = await runCommand(
      'biome',
      ['check', '--vcs-enabled=false', '--error-on-warnings', 'packages/vault-nova', 'apps'],
      { directory: root },
    )
    expect(lint.exitCode, lint.output).toBe(0)
    const types = await runCommand('tsc', ['--project', 'packages/vault-nova'], { directory: root })
    expect(types.exitCode, types.output).toBe(0)
    const tests = await runCommand('vitest', ['run'], { directory: root })
    expect(tests.exitCode, tests.output).toBe(0)
    const example = await runCommand('node', ['apps/examples/src/nova-vault.ts'], { directory: root })
    expect(example).toMatchObject({ exitCode: 0, output: 'vault-nova (example) is up\n' })
  })
})

it.each([
  [['Storage_Acme', '--description', description], 'is no package name'],
  [['storage-acme', '--description', description], 'exists already'],
  [['storage-next'], 'description'],
  [[], 'Which package'],
])('refuses %j', async (parameters, message) => {
  await withFiles(files, async (root) => {
    const script = join(repositoryRoot, 'scripts/new-package.ts')
    const { exitCode, output } = await runCommand('node', [script, ...parameters, '--root', root], { directory: root })
    expect(exitCode).not.toBe(0)
    expect(output).toContain(message)
  })
})

it('turns a name round', () => {
  expect(packageNames('resource-azure-blob')).toMatchObject({
    file: 'azure-blob-resource',
    factory: 'createAzureBlobResource',
  })
  expect(packageNames('register')).toMatchObject({ file: 'register', factory: 'createRegister' })
})
