// npm run install-size: packs each storage driver, installs it alone in an empty folder and says how many packages and
// megabytes that is. Fails when the install of one contains the client of another. --only aws,vault limits it to some.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadWorkspace } from './check-packages/workspace.ts'
import { foreignPackages } from './install-size/foreign-packages.ts'
import { type InstalledPackage, installedPackages } from './install-size/installed-packages.ts'
import { sizeRow, sizeTableHead } from './install-size/size-row.ts'
import { packPackage } from './pack-package.ts'
import { type ReportItem, writeReport } from './report.ts'
import { repositoryRoot as root } from './repository-root.ts'
import { type CommandResult, runCommand } from './run-command.ts'

const { values } = parseArgs({ options: { only: { type: 'string' } } })
const only = values.only?.split(',')
const drivers = loadWorkspace(root)
  .packages.filter(({ published, folder }) => published && folder.startsWith('storage-'))
  .map(({ folder }) => folder)
  .filter((folder) => only === undefined || only.includes(folder.replace('storage-', '')))

const workshop = mkdtempSync(join(tmpdir(), 'holdfast-install-size-'))
process.on('exit', () => rmSync(workshop, { recursive: true, force: true }))

/** Says on a terminal what is going on; the line is written over by the next one. */
const progress = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`)
}

const failureOf = ({ output, exitCode }: CommandResult): Error => new Error(output.trim() || `exit code ${exitCode}`)

const pack = async (folder: string): Promise<string> => {
  const result = await packPackage(folder, join(workshop, 'tarballs', folder))
  if (result.tarball === undefined) throw failureOf(result)
  return result.tarball
}

/** What is there after `npm install` of this driver, and of nothing else, in an empty folder. */
const installAlone = async (folder: string, contracts: string): Promise<readonly InstalledPackage[]> => {
  const directory = join(workshop, 'installs', folder)
  mkdirSync(directory, { recursive: true })
  const manifest = {
    name: 'alone',
    private: true,
    dependencies: { [`@holdfast/${folder}`]: `file:${await pack(folder)}` },
    // The version of this checkout, which is published nowhere.
    overrides: { '@holdfast/contracts': `file:${contracts}` },
  }
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest))
  const installed = await runCommand(
    'npm',
    ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'],
    { directory, timeoutMs: 300_000 },
  )
  if (installed.exitCode !== 0) throw failureOf(installed)
  return installedPackages(join(directory, 'node_modules'))
}

const items: ReportItem[] = []
const rows: string[] = []
const problems: string[] = []

/** Does one step; what it throws is a problem of its own and ends nothing else. */
const step = async <T>(name: string, work: () => Promise<T>): Promise<T | undefined> => {
  const started = performance.now()
  const end = (outcome: 'passed' | 'failed', details?: string): void => {
    const durationMs = Math.round(performance.now() - started)
    items.push({ name, outcome, durationMs, ...(details === undefined ? {} : { details }) })
  }
  try {
    const result = await work()
    end('passed')
    return result
  } catch (error) {
    const details = error instanceof Error ? error.message : String(error)
    end('failed', details)
    problems.push(`✗ ${name}\n${details.replace(/^(?=.)/gm, '    ')}`)
    return undefined
  }
}

progress('building')
const contracts = await step('build', async () => {
  const filters = drivers.map((folder) => `--filter=@holdfast/${folder}...`)
  const built = await runCommand('turbo', ['run', 'build', '--output-logs=errors-only', ...filters], {
    directory: root,
  })
  if (built.exitCode !== 0) throw failureOf(built)
  return pack('contracts')
})
if (contracts !== undefined) {
  for (const [index, folder] of drivers.entries()) {
    progress(`${index + 1} of ${drivers.length}: installing ${folder}`)
    await step(`install ${folder}`, async () => {
      const installed = await installAlone(folder, contracts)
      const driver = `@holdfast/${folder}`
      rows.push(sizeRow(driver, installed))
      const foreign = foreignPackages(driver, installed)
      if (foreign.length > 0) throw new Error(`An install of ${driver} contains ${foreign.join(', ')}.`)
    })
  }
}
progress('')

for (const line of [...sizeTableHead, ...rows, ...problems]) console.log(line)
const { passed, failed } = writeReport(root, 'install-size', items)
console.log(
  failed === 0
    ? `install-size: ${drivers.length} drivers, nothing of one in another`
    : `install-size: ${failed} of ${passed + failed} are wrong`,
)
process.exitCode = failed === 0 && drivers.length > 0 ? 0 : 1
