import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { HoldfastError, Secret, type SecretValue } from '@holdfast/contracts'
import type { Command, Invocation } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { isVariableName } from '../import/variable-names.ts'
import { printable } from '../printable.ts'
import { readGivenValue } from '../read-given-value.ts'
import { readStream } from '../read-stream.ts'
import { usageError } from '../usage-error.ts'
import { withVault } from '../vault/open-vault.ts'
import { attributeOptions, type GivenAttributes, readAttributes } from './attributes.ts'

/** `holdfast set <id>`: stores one credential, its value from stdin, a file or a hidden prompt. */
export const setCommand: Command = {
  name: 'set',
  usage: '<id>',
  summary: 'store one secret: typed, piped in, or from a file, never from the arguments',
  description: [
    'The value is read from stdin, asked for on a terminal, or taken from --from-file. One newline at the end of stdin is',
    'dropped. Over a secret that exists, what no option says (kind, tags) stays as it was; its scope never changes.',
  ].join('\n'),
  positionals: { min: 1, max: 1 },
  options: {
    'from-file': { type: 'string', value: 'FILE', help: 'take the value from a file, byte for byte' },
    env: { type: 'string', value: 'NAME', help: 'the environment variable that "run" and "export" give it' },
    ...attributeOptions,
    'if-absent': { type: 'boolean', help: 'refuse to replace a secret that exists' },
  },
  run: (invocation) =>
    withVault(invocation, async ({ manager }) => {
      const { output, signal } = invocation
      // Exactly one was asked for.
      const id = String(invocation.positionals[0])
      const attributes = readAttributes(invocation)
      const variable = variableOf(invocation)
      const given = await readValue(invocation, id)
      const existing = await existingOf(manager.retrieve(id, { signal }))
      const kind = attributes.kind ?? existing?.kind ?? 'opaque'
      const reading = readGivenValue(kind, given)
      if (reading.problems !== undefined) throw malformed(id, kind, reading.problems)
      const stored = await manager.store(id, new Secret<SecretValue>(reading.value), {
        ...withoutTags(attributes),
        kind,
        tags: { ...existing?.metadata.tags, ...attributes.tags, ...(variable === undefined ? {} : { env: variable }) },
        ...(invocation.isSet('if-absent') ? { onDuplicate: 'refuse' as const } : {}),
        signal,
      })
      const { metadata, version } = stored
      output.result(
        { id, version, created: existing === undefined, metadata },
        `${existing === undefined ? 'Stored' : 'Replaced'} ${id} (${kind}${metadata.expiresAt === undefined ? '' : `, expires ${metadata.expiresAt}`}).`,
      )
      if (given.length === 0) output.warn(`${id} is empty: if that was not meant, set it again`)
      return exitCodes.success
    }),
}

const withoutTags = ({ scope, expiresAt }: GivenAttributes): Omit<GivenAttributes, 'kind' | 'tags'> => ({
  ...(scope === undefined ? {} : { scope }),
  ...(expiresAt === undefined ? {} : { expiresAt }),
})

const variableOf = ({ text }: Invocation): string | undefined => {
  const name = text('env')
  if (name === undefined || isVariableName(name)) return name
  throw usageError(
    'set',
    'The option --env is not a variable name.',
    'Use letters, digits and underscores, not beginning with a digit.',
  )
}

const readValue = async ({ environment, signal, text }: Invocation, id: string): Promise<string | Uint8Array> => {
  const file = text('from-file')
  if (file !== undefined) return textOrBytes(await readFileOf(resolve(environment.cwd, file)))
  if (environment.stdin.isTTY) {
    if (environment.stderr.isTTY) return environment.askHidden(`Value of ${printable(id)}`, signal)
    throw usageError('set', 'There is no terminal to ask for the value on.', 'Pipe it in, or use --from-file.')
  }
  const piped = textOrBytes(await readStream(environment.stdin, signal, 'set'))
  return typeof piped === 'string' ? piped.replace(/\r?\n$/, '') : piped
}

const readFileOf = async (path: string): Promise<Uint8Array> => {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new HoldfastError({
      code: Reflect.get(Object(cause), 'code') === 'ENOENT' ? 'NOT_FOUND' : 'PERMISSION_DENIED',
      source: 'cli',
      operation: 'set',
      message: `The file ${printable(path)} could not be read.`,
      hint: 'Check the path, and that you may read it.',
      cause,
    })
  }
}

const textOrBytes = (bytes: Uint8Array): string | Uint8Array => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return bytes
  }
}

/** What is there now: nothing, also when it is damaged, because a new value is how that is repaired. */
const existingOf = async <T>(retrieval: Promise<T>): Promise<T | undefined> => {
  try {
    return await retrieval
  } catch (error) {
    if (HoldfastError.is(error, 'NOT_FOUND') || HoldfastError.is(error, 'DATA_LOSS')) return undefined
    throw error
  }
}

const malformed = (id: string, kind: string, problems: readonly string[]): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'VALUE_MALFORMED',
    source: 'cli',
    operation: 'set',
    message: `The value for ${JSON.stringify(id)} is not of the kind ${kind}, and nothing was stored.`,
    hint: 'Correct it, or use --kind opaque, which takes anything.',
    details: { lines: [...problems] },
  })
