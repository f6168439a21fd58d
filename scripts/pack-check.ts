// npm run pack-check: builds and packs every published package, lints the tarballs, then installs them together outside
// the workspace and uses them as a stranger would. --only a,b limits it to some packages, --keep leaves the folder.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadWorkspace } from './check-packages/workspace.ts'
import { type PackedPackage, writeConsumer } from './pack-check/consumer.ts'
import { tarballProblems } from './pack-check/tarball-problems.ts'
import { packPackage } from './pack-package.ts'
import { type ReportItem, writeReport } from './report.ts'
import { repositoryRoot as root } from './repository-root.ts'
import { type CommandResult, runCommand } from './run-command.ts'

const { values } = parseArgs({ options: { only: { type: 'string' }, keep: { type: 'boolean', default: false } } })
const only = values.only?.split(',')
const packages = loadWorkspace(root).packages.filter(
  ({ published, folder }) => published && (only === undefined || only.includes(folder)),
)

const workshop = mkdtempSync(join(tmpdir(), 'holdfast-pack-'))
const items: ReportItem[] = []
process.on('exit', () => {
  if (values.keep) console.log(`kept: ${workshop}`)
  else rmSync(workshop, { recursive: true, force: true })
})

const record = (name: string, problem: string, durationMs: number): boolean => {
  const failed = problem !== ''
  items.push({
    name,
    outcome: failed ? 'failed' : 'passed',
    durationMs: Math.round(durationMs),
    ...(failed ? { details: problem } : {}),
  })
  console.log(`${failed ? '✗' : '✓'} ${name} (${(durationMs / 1000).toFixed(1)} s)`)
  if (failed) console.log(problem.replace(/^(?=.)/gm, '    '))
  return !failed
}

const run = async (
  name: string,
  directory: string,
  program: string,
  ...parameters: readonly string[]
): Promise<CommandResult> => {
  const result = await runCommand(program, parameters, {
    directory,
    environment: { NO_COLOR: '1', FORCE_COLOR: undefined },
  })
  recordCommand(name, result)
  return result
}

const recordCommand = (name: string, { exitCode, output, durationMs }: CommandResult): boolean =>
  record(name, exitCode === 0 ? '' : output.trim() || `exit code ${exitCode}`, durationMs)

/** Packs one package into a folder of its own and looks at what came out. */
const pack = async (folder: string): Promise<string> => {
  const target = join(workshop, 'tarballs', folder)
  const { tarball, ...packed } = await packPackage(folder, target)
  recordCommand(`pack ${folder}`, packed)
  if (tarball === undefined) return ''
  const { output } = await runCommand('tar', ['-tzf', tarball], { directory: target })
  await runCommand('tar', ['-xzf', tarball, '-C', target], { directory: target })
  const files = output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^package\//, ''))
  const manifest = JSON.parse(readFileSync(join(target, 'package/package.json'), 'utf8'))
  record(`contents ${folder}`, tarballProblems(manifest, files).join('\n'), 0)
  await run(`publint ${folder}`, target, 'publint', tarball, '--strict')
  await run(`attw ${folder}`, target, 'attw', tarball, '--profile', 'esm-only')
  return tarball
}

const use = async (packed: readonly PackedPackage[]): Promise<void> => {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const versions = Object.fromEntries(
    ['typescript', '@types/node', 'vitest'].map((name) => [name, devDependencies[name]]),
  )
  const consumer = writeConsumer(join(workshop, 'consumer'), root, packed, versions)
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  const installed = await run('install outside the workspace', consumer.root, 'npm', 'install', ...quiet)
  if (installed.exitCode !== 0) return
  record('every package of ours is the tarball', foreignCopies(consumer.root).join('\n'), 0)
  await run('main entries load without what is optional', consumer.root, 'node', consumer.mainEntries)
  if (consumer.additions.length > 0) {
    await run('install what is optional', consumer.root, 'npm', 'install', ...quiet, ...consumer.additions)
  }
  await run('type-check a consumer', consumer.root, join(consumer.root, 'node_modules/.bin/tsc'), '--project', '.')
  for (const program of consumer.programs) await run(`run ${program}`, consumer.root, 'node', program)
  const cli = packed.find(({ manifest }) => manifest.name === '@holdfast/cli')
  if (cli) await useCommand(consumer.root, String(cli.manifest.version))
}

/** The installed command, from its version to a secret that goes in and comes out. */
const useCommand = async (directory: string, version: string): Promise<void> => {
  const value = 'value-that-goes-in-and-comes-out'
  writeFileSync(join(directory, 'value.txt'), value)
  const calls: readonly (readonly [expected: string, ...parameters: string[]])[] = [
    [version, '--version'],
    ['', 'init'],
    ['', 'set', 'app/token', '--from-file', 'value.txt'],
    [value, 'get', 'app/token', '--reveal'],
    ['app/token', 'list'],
  ]
  const environment = {
    HOLDFAST_CWD: directory,
    HOLDFAST_STORE: 'file:./secrets',
    HOLDFAST_PASSPHRASE: 'four words for tests',
  }
  for (const [expected, ...parameters] of calls) {
    const command = join(directory, 'node_modules/.bin/holdfast')
    const { exitCode, output, durationMs } = await runCommand(command, parameters, { directory, environment })
    const isRight = exitCode === 0 && output.includes(expected)
    record(`run holdfast ${parameters.join(' ')}`, isRight ? '' : `exit code ${exitCode}: ${output}`, durationMs)
  }
}

/** Packages of ours that were installed from anywhere but a file. */
const foreignCopies = (directory: string): readonly string[] => {
  const lock: { packages: Record<string, { resolved?: string }> } = JSON.parse(
    readFileSync(join(directory, 'package-lock.json'), 'utf8'),
  )
  return Object.entries(lock.packages)
    .filter(([path, { resolved }]) => /node_modules\/@holdfast\/[^/]+$/.test(path) && !resolved?.startsWith('file:'))
    .map(([path, { resolved }]) => `${path} came from ${resolved}`)
}

const filters = packages.map(({ folder }) => `--filter=@holdfast/${folder}`)
const built = await run('build', root, 'turbo', 'run', 'build', '--output-logs=errors-only', ...filters)
if (built.exitCode === 0) {
  const packed: PackedPackage[] = []
  for (const { folder, manifest } of packages) packed.push({ manifest, tarball: await pack(folder) })
  if (packed.every(({ tarball }) => tarball !== '')) await use(packed)
}

const { passed, failed } = writeReport(root, 'pack-check', items)
console.log(
  failed === 0 ? `pack-check: all ${passed} are right` : `pack-check: ${failed} of ${passed + failed} are wrong`,
)
process.exitCode = failed === 0 ? 0 : 1
