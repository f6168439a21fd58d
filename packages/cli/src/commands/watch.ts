import { openStorage } from '@holdfast/config'
import { toTimestamp } from '@holdfast/contracts'
import { requireCapability } from '@holdfast/contracts/credentials'
import { isReservedId } from '@holdfast/credential-core'
import type { Command } from '../command.ts'
import { storeOf } from '../copy/open-stores.ts'
import { exitCodes } from '../exit-code.ts'
import { printable } from '../printable.ts'
import { safeJson } from '../safe-json.ts'
import { resolveStore } from '../vault/resolve-store.ts'

/** The largest delay that a timer of the platform takes in milliseconds (HTML standard, signed 32 bit). */
const longestTimerMs = 2 ** 31 - 1

/** `holdfast watch`: a line for each change, also by other processes, until Ctrl-C. */
export const watchCommand: Command = {
  name: 'watch',
  usage: '',
  summary: 'print a line for each change, until Ctrl-C',
  description: [
    'Ids, never values, so no key is needed. With --json each line is a JSON object with a cursor; --cursor goes on after it.',
    'A line "resynced" means that changes may have been missed: list again.',
  ].join('\n'),
  options: {
    prefix: { type: 'string', value: 'TEXT', help: 'only ids that begin with this' },
    cursor: { type: 'string', value: 'CURSOR', help: 'begin after this change; default: with changes from now on' },
    once: { type: 'boolean', help: 'end after the first change' },
  },
  async run(invocation) {
    const { output, environment, signal, text, isSet } = invocation
    const { configuration, baseDirectory } = await resolveStore(invocation)
    const storage = await openStorage(storeOf(configuration), {
      baseDirectory,
      environment: { ...invocation.environment.env },
    })
    // What a storage waits with keeps no process alive; this command is there to wait.
    const stayAlive = setInterval(() => {}, longestTimerMs)
    try {
      const changes = requireCapability(storage, 'watch', 'cli', 'watch').watch({
        prefix: text('prefix'),
        cursor: text('cursor'),
        signal,
      })
      output.note(`Watching ${storage.name}; Ctrl-C ends it.`)
      for await (const { type, id, version, cursor } of changes) {
        if (isReservedId(id)) continue
        const at = toTimestamp(environment.clock.wallNow())
        const line = output.isJson
          ? safeJson({ at, type, ...(id === '' ? {} : { id }), ...(version === undefined ? {} : { version }), cursor })
          : `${at}  ${type.padEnd(8)}  ${printable(id)}`
        // Line ends stand between the parts of the JSON only: in its texts they are escaped.
        output.raw(`${line.replace(/\n */g, '')}\n`)
        if (isSet('once')) break
      }
      return exitCodes.success
    } finally {
      clearInterval(stayAlive)
      await storage.close()
    }
  },
}
