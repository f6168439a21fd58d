import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from './repository-root.ts'
import { type CommandResult, runCommand } from './run-command.ts'

/** What packing a package gave. */
export interface PackResult extends CommandResult {
  /** Where the tarball lies; undefined when packing failed. */
  readonly tarball: string | undefined
}

/** Packs a package that was built, as it would be published, into a folder that holds nothing else. */
export const packPackage = async (folder: string, target: string): Promise<PackResult> => {
  mkdirSync(target, { recursive: true })
  const result = await runCommand('pnpm', ['pack', '--pack-destination', target], {
    directory: join(repositoryRoot, 'packages', folder),
    environment: { NO_COLOR: '1', FORCE_COLOR: undefined },
  })
  const name = result.exitCode === 0 ? readdirSync(target).find((entry) => entry.endsWith('.tgz')) : undefined
  return { ...result, tarball: name === undefined ? undefined : join(target, name) }
}
