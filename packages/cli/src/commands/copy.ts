import type { Command } from '../command.ts'
import { copyOptions, runCopy } from '../copy/run-copy.ts'

/** `holdfast copy <destination>`: copies credentials to another store, on whatever backend. */
export const copyCommand: Command = {
  name: 'copy',
  usage: '<store URL or configuration file>',
  summary: 'copy secrets to another store, of any backend',
  description: [
    'Sealed values are copied as they are, with the keyring that opens them: no key is needed, and the copy opens with the',
    'same one. Each copy is read back and compared. What is there already and the same is left, so the same command goes on',
    'where it was interrupted.',
  ].join('\n'),
  positionals: { min: 1, max: 1 },
  options: copyOptions,
  run: (invocation) => runCopy(invocation, { operation: 'copy', removeFromSource: false }),
}
