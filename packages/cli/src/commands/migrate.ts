import type { Command } from '../command.ts'
import { copyOptions, notConfirmed, runCopy } from '../copy/run-copy.ts'

/** `holdfast migrate <destination>`: moves credentials to another store. */
export const migrateCommand: Command = {
  name: 'migrate',
  usage: '<store URL or configuration file> --yes',
  summary: 'move secrets to another store: copy, verify, then delete here',
  description: [
    'As copy, and then deletes each secret here whose copy was read back and found the same. One that is written meanwhile',
    'stays, and the next run takes it along. The keyring stays.',
  ].join('\n'),
  positionals: { min: 1, max: 1 },
  options: { ...copyOptions, yes: { type: 'boolean', help: 'really delete here what was moved' } },
  async run(invocation) {
    if (!invocation.isSet('yes') && !invocation.isSet('dry-run')) throw notConfirmed()
    return runCopy(invocation, { operation: 'migrate', removeFromSource: true })
  },
}
