import { HoldfastError, systemClock } from '@holdfast/contracts'
import password from '@inquirer/password'
import type { CommandEnvironment } from './command-environment.ts'

/** The real process. Relative paths go by `HOLDFAST_CWD` where a launcher that changes the folder (npm) has set it. */
export const systemEnvironment = (): CommandEnvironment => ({
  argv: process.argv.slice(2),
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  cwd: process.env.HOLDFAST_CWD ?? process.cwd(),
  clock: systemClock,
  onSignal(signal, listener) {
    process.on(signal, listener)
    return () => process.removeListener(signal, listener)
  },
  askHidden,
})

const askHidden = async (question: string, signal: AbortSignal): Promise<string> => {
  try {
    return await password({ message: question, toggleMask: false }, { output: process.stderr, signal })
  } catch (cause) {
    throw new HoldfastError({
      code: 'CANCELLED',
      source: 'cli',
      operation: 'prompt',
      message: 'Nothing was typed.',
      hint: 'Run it again and answer, or give the answer by a file or HOLDFAST_PASSPHRASE.',
      cause,
    })
  }
}
