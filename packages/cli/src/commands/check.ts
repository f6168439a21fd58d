import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { HoldfastError, parseScopeId } from '@holdfast/contracts'
import { type CredentialReference, type Requirements, requireCredentials } from '@holdfast/credential-core'
import type { Command } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { printable } from '../printable.ts'
import { usageError } from '../usage-error.ts'
import { withVault } from '../vault/open-vault.ts'

/** `holdfast check <file>`: whether everything a program requires is there, valid and not expired. For CI. */
export const checkCommand: Command = {
  name: 'check',
  usage: '<file>',
  summary: 'check what a program requires: is all of it there, valid and not expired?',
  description: [
    'The file is a module (.ts, .mts, .js, .mjs) that exports its requirements by name:',
    "  import { apiKey, database } from '@holdfast/credential-core'",
    "  export const requirements = { db: database('db/main'), stripe: apiKey('stripe/live') }",
    'so that the program itself can import it and call requireCredentials(manager, requirements).',
    `Ends with ${exitCodes.checkFailed} and every problem when one is not met. The file is run: check only your own.`,
  ].join('\n'),
  positionals: { min: 1, max: 1 },
  options: { scope: { type: 'string', value: 'SCOPE', help: 'look only into this scope, as the program does' } },
  run: (invocation) =>
    withVault(invocation, async ({ manager }) => {
      const { environment, output, signal, text } = invocation
      // Exactly one was asked for.
      const file = resolve(environment.cwd, String(invocation.positionals[0]))
      const requirements = await loadRequirements(file)
      const scope = text('scope')
      const names = Object.keys(requirements)
      try {
        await requireCredentials(scope === undefined ? manager : manager.withScope(parseScopeId(scope)), requirements, {
          signal,
        })
      } catch (error) {
        throw HoldfastError.is(error) && error.reason === 'REQUIREMENTS_UNMET' ? unmet(error, names.length) : error
      }
      output.result({ met: names, unmet: [] }, `All ${names.length} requirements are met.`)
      return exitCodes.success
    }),
}

const loadRequirements = async (file: string): Promise<Requirements> => {
  let module: object
  try {
    module = await import(pathToFileURL(file).href)
  } catch (cause) {
    if (!existsSync(file)) {
      throw new HoldfastError({
        code: 'NOT_FOUND',
        source: 'cli',
        operation: 'check',
        message: `There is no file ${printable(file)}.`,
        hint: 'Check the path; it is relative to where you stand.',
      })
    }
    throw new HoldfastError({
      code: 'INVALID_ARGUMENT',
      source: 'cli',
      operation: 'check',
      message: `The file ${printable(file)} could not be imported.`,
      hint: 'Run it with node to see why.',
      cause,
    })
  }
  const requirements: unknown = Reflect.get(module, 'requirements')
  if (typeof requirements === 'object' && requirements !== null && Object.values(requirements).every(isReference)) {
    // Every value is a reference, which is all that Requirements asks for.
    return requirements as Requirements
  }
  throw usageError(
    'check',
    `The file ${printable(file)} does not export requirements.`,
    "Write: export const requirements = { db: database('db/main') }",
  )
}

const isReference = (value: unknown): value is CredentialReference =>
  typeof Reflect.get(Object(value), 'id') === 'string' &&
  typeof Reflect.get(Object(Reflect.get(Object(value), 'kind')), 'read') === 'function'

/** The same verdict with one problem a line. */
const unmet = (error: HoldfastError, required: number): HoldfastError => {
  const list: readonly unknown[] = Array.isArray(error.details.unmet) ? error.details.unmet : []
  const say = (one: unknown, name: string): string => String(Reflect.get(Object(one), name))
  return new HoldfastError({
    code: error.code,
    reason: 'REQUIREMENTS_UNMET',
    source: 'cli',
    operation: 'check',
    message: `${list.length} of ${required} requirements are not met.`,
    hint: 'Store what is missing with holdfast set or import, and replace what has expired or is malformed.',
    details: {
      unmet: error.details.unmet,
      lines: list.map(
        (one) =>
          `${say(one, 'name')}: ${say(one, 'kind')} ${say(one, 'id')} is ${say(one, 'status')}: ${say(one, 'problem')}`,
      ),
    },
  })
}
