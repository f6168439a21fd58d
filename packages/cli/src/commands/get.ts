import type { SecretValue } from '@holdfast/contracts'
import type { Credential } from '@holdfast/credential-core'
import type { Command, Invocation } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { table } from '../table.ts'
import { textOfCredential } from '../text-of-credential.ts'
import { withVault } from '../vault/open-vault.ts'

/** `holdfast get <id>`: what is known about a credential; its value only with `--reveal`. */
export const getCommand: Command = {
  name: 'get',
  usage: '<id>',
  summary: 'show what is known about a secret; its value only with --reveal',
  positionals: { min: 1, max: 1 },
  options: {
    reveal: { type: 'boolean', help: 'print the value, and nothing else' },
    at: { type: 'string', value: 'VERSION', help: 'an earlier version, as --history lists them' },
    history: { type: 'boolean', help: 'list the versions that are kept' },
  },
  run: (invocation) =>
    withVault(invocation, async ({ manager }) => {
      const { output, signal, text, isSet } = invocation
      // Exactly one was asked for.
      const id = String(invocation.positionals[0])
      if (isSet('history')) {
        const versions = await manager.history(id, { signal })
        output.result(
          { id, versions },
          table([
            ['VERSION', 'STORED', ''],
            ...versions.map(({ version, createdAt, isCurrent }) => [version, createdAt, isCurrent ? 'current' : '']),
          ]),
        )
        return exitCodes.success
      }
      const version = text('at')
      const credential = await manager.retrieve(id, { signal, ...(version === undefined ? {} : { version }) })
      if (isSet('reveal')) reveal(invocation, credential)
      else output.result(describe(credential), describeText(credential))
      return exitCodes.success
    }),
}

const reveal = ({ output }: Invocation, credential: Credential): void => {
  const value = credential.value.reveal()
  if (output.isJson) output.result({ ...describe(credential), ...valueInJson(value) }, '')
  else output.raw(textOfCredential(credential.kind, value) ?? bytesOf(value))
}

/** Only bytes have no text form. */
const bytesOf = (value: SecretValue): Uint8Array => (value instanceof Uint8Array ? value : new Uint8Array(0))

const valueInJson = (value: SecretValue): object =>
  value instanceof Uint8Array ? { valueBase64: Buffer.from(value).toString('base64') } : { value }

const describe = ({ version, metadata }: Credential): object => ({ version, ...metadata })

const describeText = ({ id, kind, version, metadata }: Credential): string =>
  table([
    ['id', id],
    ['kind', kind],
    ...(metadata.scope === undefined ? [] : [['scope', metadata.scope]]),
    ...Object.entries(metadata.tags).map(([name, text]) => [`tag ${name}`, text]),
    ...(metadata.expiresAt === undefined ? [] : [['expires', metadata.expiresAt]]),
    ['created', metadata.createdAt],
    ['updated', metadata.updatedAt],
    ['version', version],
    ['sealed', metadata.seal === undefined ? 'no: the store holds it readable' : 'yes'],
    ['value', 'hidden: --reveal prints it'],
  ])
