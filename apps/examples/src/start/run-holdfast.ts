import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const program = join(import.meta.dirname, '../../../../packages/cli/src/main.ts')

/** Runs the holdfast command as a user standing in `cwd` would, with its output on this terminal, and answers its exit code. */
export const runHoldfast = (args: readonly string[], cwd: string): number => {
  const { status, error } = spawnSync(process.execPath, [program, ...args], {
    cwd,
    // What is set for a vault of the user's own, and where `npm start` was called from, is not meant here.
    env: { ...withoutHoldfast(process.env), HOLDFAST_CWD: cwd },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (error !== undefined) throw error
  return status ?? 1
}

const withoutHoldfast = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.toUpperCase().startsWith('HOLDFAST_')))
