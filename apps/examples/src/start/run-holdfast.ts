import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const program = join(import.meta.dirname, '../../../../packages/cli/src/main.ts')

/** Runs the holdfast command as a user standing in `cwd` would, with its output on this terminal, and answers its exit code. */
export const runHoldfast = (args: readonly string[], cwd: string): number => {
  const { status, error } = spawnSync(process.execPath, [program, ...args], {
    cwd,
    // Where `npm start` was called from is not where this command is to work.
    env: { ...process.env, HOLDFAST_CWD: cwd },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (error !== undefined) throw error
  return status ?? 1
}
