import { HoldfastError } from '@holdfast/contracts'
import type { ManagerSnapshot } from '@holdfast/resource-pool/endpoint'
import type { Command } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { chooseManager, managerOptions } from '../managers/choose-manager.ts'
import { table } from '../table.ts'

type Resource = ManagerSnapshot['resources'][number]

/** `holdfast inspect`: the resources of a running service, or all that is known of one. */
export const inspectCommand: Command = {
  name: 'inspect',
  usage: '[resource]',
  summary: 'show the resources of a running service, or all that is known of one',
  description:
    'Names, states and counts, never a secret. Versions of credentials are shown, their values are not known here.',
  options: managerOptions,
  positionals: { min: 0, max: 1 },
  async run(invocation) {
    const snapshot = await chooseManager(invocation)
    const [wanted] = invocation.positionals
    if (wanted === undefined) {
      invocation.output.result(snapshot.resources, tableOf(snapshot))
      return exitCodes.success
    }
    const resource = snapshot.resources.find(({ name }) => name === wanted)
    if (resource === undefined) throw unknown(wanted, snapshot)
    invocation.output.result(resource, detailsOf(resource))
    return exitCodes.success
  },
}

const tableOf = ({ name, pid, state, resources }: ManagerSnapshot): string => {
  const rows = resources.map((resource) => {
    const { statistics } = resource
    return [
      resource.name,
      resource.type,
      resource.state,
      statistics === undefined ? '' : inUse(statistics),
      statistics === undefined ? '' : String(statistics.waiting),
      resource.since.slice(0, 19).replace('T', ' '),
      resource.causes[0]?.reason ?? '',
    ]
  })
  return [
    `${name} (process ${pid}) is ${state}`,
    '',
    rows.length === 0
      ? 'It has no resources.'
      : table([['RESOURCE', 'TYPE', 'STATE', 'IN USE', 'WAITING', 'SINCE', 'WHY'], ...rows]),
  ].join('\n')
}

const detailsOf = (resource: Resource): string => {
  const { statistics, health } = resource
  const credentials = Object.entries(resource.credentials).map(
    ([name, { version, expiresAt }]) => `${name} ${version}${expiresAt === undefined ? '' : `, until ${expiresAt}`}`,
  )
  const rows: (readonly [string, string])[] = [
    ['resource', `${resource.name} (${resource.type}, ${resource.kind})`],
    ['state', `${resource.state} since ${resource.since}`],
    ['why', resource.causes.map(causeText).join(', because ')],
    ['requires', resource.requires.join(', ')],
    ['binds to', resource.bindsTo.join(', ')],
    ['wants', resource.wants.join(', ')],
    ['after', resource.after.join(', ')],
    ['required by', resource.requiredBy.join(', ')],
    ['health', health === undefined ? 'not checked' : healthText(health)],
    ['credentials', credentials.join('; ')],
    ['circuits', resource.circuits.join(', ')],
    ...(statistics === undefined ? [] : statisticsRows(statistics)),
  ]
  return table(rows.filter(([, text]) => text !== '').map(([label, text]) => [`${label}:`, text]))
}

const causeText = ({ resource, reason, code }: Resource['causes'][number]): string =>
  `${resource === undefined ? '' : `${resource} `}${reason}${code === undefined ? '' : ` (${code})`}`

const healthText = ({ status, last, trend }: NonNullable<Resource['health']>): string => {
  const share = `${(trend.upShare * 100).toFixed(0)} % of the last checks were up, ${trend.direction}`
  const reason = last?.reason === undefined ? '' : `: ${last.reason}`
  return `${status ?? 'not known yet'}${reason}; ${share}; ${trend.averageLatencyMs.toFixed(1)} ms on average`
}

/** A size without a limit is null in JSON. */
const inUse = ({ leased, maxSize }: NonNullable<Resource['statistics']>): string =>
  `${leased} of ${Number.isFinite(maxSize) ? maxSize : 'any number'}`

const statisticsRows = (statistics: NonNullable<Resource['statistics']>): (readonly [string, string])[] => [
  ['in use', `${inUse(statistics)}, at most ${statistics.peakLeased} so far`],
  ['waiting', `${statistics.waiting}, at most ${statistics.peakWaiting} so far`],
  ['acquired', `${statistics.acquisitions}, of which ${statistics.immediate} without waiting`],
  ['waits', `half within ${statistics.waitTime.p50Ms} ms, 99 % within ${statistics.waitTime.p99Ms} ms`],
  ['failed', `${statistics.timeouts} timeouts, ${statistics.exhaustions} turned away, ${statistics.leaks} leaks`],
  ['created', `${statistics.creates}, and ${statistics.createFailures} failed`],
  ['epoch', String(statistics.epoch)],
  ['recommended', `${statistics.recommended.size}: ${statistics.recommended.reason}`],
]

const unknown = (wanted: string, { name, resources }: ManagerSnapshot): HoldfastError =>
  new HoldfastError({
    code: 'NOT_FOUND',
    reason: 'RESOURCE_UNKNOWN',
    source: 'cli',
    operation: 'inspect',
    message: `${name} has no resource ${JSON.stringify(wanted)}.`,
    hint: `It has ${resources.map((resource) => resource.name).join(', ') || 'none'}.`,
  })
