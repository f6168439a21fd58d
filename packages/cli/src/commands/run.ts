import { HoldfastError } from '@holdfast/contracts'
import type { Command, Invocation } from '../command.ts'
import { minRedactedBytes } from '../redaction/redaction-patterns.ts'
import { reportError } from '../report-error.ts'
import { childEnvironment } from '../run/child-environment.ts'
import { type InjectedVariables, injectedVariables } from '../run/injected-variables.ts'
import { runChild } from '../run/run-child.ts'
import { selectCredentials } from '../select-credentials.ts'
import { usageError } from '../usage-error.ts'
import { withVault } from '../vault/open-vault.ts'

/** `holdfast run -- command`: runs a program with the secrets in its environment, and takes them out of what it prints. */
export const runCommand: Command = {
  name: 'run',
  usage: '-- <command> [arguments]',
  summary: 'run a program with the secrets injected, and redacted from its output',
  description: [
    'Every secret with the tag env becomes that environment variable; no value ever stands among the arguments. What the',
    'program prints passes through a filter that replaces the secrets by [redacted], also in base64, hexadecimal and URL',
    `encoding and across the edges of chunks. Not redacted: secrets under ${minRedactedBytes} bytes, and those with the tag redact=no. The`,
    'program sees pipes instead of a terminal unless --no-redact is given. Its exit code is passed on, signals are too.',
    'No HOLDFAST_... variable reaches the program. With a damaged secret nothing is started.',
  ].join('\n'),
  takesRest: true,
  handlesSignals: true,
  options: {
    only: { type: 'string', value: 'PREFIX', help: 'inject only ids that begin with this' },
    scope: { type: 'string', value: 'SCOPE', help: 'inject only this scope and what lies below it' },
    tag: { type: 'string', multiple: true, value: 'NAME=TEXT', help: 'inject only those with this tag' },
    'no-redact': { type: 'boolean', help: 'give the program the terminal itself and redact nothing' },
    'refuse-expired': { type: 'boolean', help: 'do not start when a secret has expired' },
  },
  async run(invocation) {
    const [command, ...args] = invocation.rest ?? []
    if (command === undefined) {
      throw usageError('run', 'holdfast run needs a program.', 'Write it after --: holdfast run -- node server.js')
    }
    const { environment, output, isSet } = invocation
    const { values, secrets } = await variablesOf(invocation)
    const short = secrets.filter((secret) => Buffer.byteLength(secret) < minRedactedBytes && secret !== '')
    const isRedacted = !isSet('no-redact')
    if (isRedacted && short.length > 0) {
      output.warn(
        `${short.length} of the secrets ${short.length === 1 ? 'is' : 'are'} shorter than ${minRedactedBytes} bytes and not redacted`,
      )
    }
    if (values.size === 0) output.note('No secret has the tag env, so nothing is injected: see holdfast help import.')
    try {
      return await runChild(environment, {
        command,
        args,
        env: childEnvironment(environment.env, values),
        redact: isRedacted ? secrets : undefined,
      })
    } catch (error) {
      const exitCode: unknown = HoldfastError.is(error) ? error.details.exitCode : undefined
      if (typeof exitCode !== 'number') throw error
      reportError(environment, error, output.isJson)
      return exitCode
    }
  },
}

const variablesOf = (invocation: Invocation): Promise<InjectedVariables> =>
  withVault(invocation, async ({ manager }) => {
    const { environment, output, signal } = invocation
    const { readable, damaged } = await selectCredentials(manager, invocation, invocation.text('only'))
    return injectedVariables(manager, readable, {
      damaged,
      signal,
      output,
      nowMs: environment.clock.wallNow(),
      refuseExpired: invocation.isSet('refuse-expired'),
    })
  })
