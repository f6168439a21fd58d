import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { repositoryRoot } from './repository-root.ts'

/** A fetch under way beside the tests. */
export interface Prefetch {
  /** Ends it if it is still under way; what it has half fetched is taken up by nobody. */
  stop(): void
}

/**
 * Begins to fetch what test servers need, while tests that need none already run. A suite that needs one waits for it, and
 * says why if it is not to be had: nothing here can fail the run.
 */
export const prefetchServers = (names: readonly string[]): Prefetch => {
  if (names.length === 0) return { stop() {} }
  const program = join(repositoryRoot, 'packages/test-servers/src/main.ts')
  const child = spawn(process.execPath, [program, 'fetch', ...names], {
    cwd: repositoryRoot,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  child.on('error', () => {})
  child.unref()
  return { stop: () => void child.kill('SIGTERM') }
}
