import { HoldfastError } from '@holdfast/contracts'
import {
  askManager,
  findManagers,
  type ManagerEndpointPlace,
  type ManagerSnapshot,
  managerFolderFromEnvironment,
} from '@holdfast/resource-pool/endpoint'
import type { CommandOption, Invocation } from '../command.ts'
import { usageError } from '../usage-error.ts'

/** Options of the commands that look at a running service. */
export const managerOptions: Readonly<Record<string, CommandOption>> = {
  service: { type: 'string', value: 'NAME', help: 'which service: its inspectAs; needed only when several run' },
  pid: { type: 'string', value: 'PID', help: 'which process, when several run under one name' },
}

/** Asks the running service that the options name, or the only one there is. Errors: NOT_FOUND when none runs, INVALID_ARGUMENT when several do. */
export const chooseManager = async (invocation: Invocation): Promise<ManagerSnapshot> => {
  const { environment, signal, text } = invocation
  const service = text('service')
  const pid = text('pid')
  const folder = managerFolderFromEnvironment(environment.env)
  const found = (await findManagers(folder)).filter(
    (place) => (service === undefined || place.name === service) && (pid === undefined || String(place.pid) === pid),
  )
  const answers = await Promise.all(found.map((place) => ask(place, signal)))
  const running = answers.flatMap((answer) => (answer === undefined ? [] : [answer]))
  const [only, another] = running
  if (only === undefined) throw nobodyRuns(folder, service ?? pid)
  if (another !== undefined) {
    throw usageError(
      'inspect',
      `Several services run: ${running.map((one) => `${one.name} (${one.pid})`).join(', ')}.`,
      'Choose one with --service NAME, or with --pid PID.',
    )
  }
  return only
}

/** Undefined for the socket of a process that was killed. */
const ask = (place: ManagerEndpointPlace, signal: AbortSignal): Promise<ManagerSnapshot | undefined> =>
  askManager(place.socketPath, { signal }).catch((error: unknown) => {
    if (HoldfastError.is(error, 'UNAVAILABLE')) return undefined
    throw error
  })

const nobodyRuns = (folder: string, wanted: string | undefined): HoldfastError =>
  new HoldfastError({
    code: 'NOT_FOUND',
    source: 'cli',
    operation: 'inspect',
    message:
      wanted === undefined
        ? `No running service shows itself in ${folder}.`
        : `No running service ${JSON.stringify(wanted)} shows itself in ${folder}.`,
    hint: "Start it with manager.run({ inspectAs: 'name' }), as the same user and with the same HOLDFAST_RUNTIME_DIR.",
  })
