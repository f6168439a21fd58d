import type { ManagerSnapshot } from '@holdfast/resource-pool/endpoint'
import type { Command } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { chooseManager, managerOptions } from '../managers/choose-manager.ts'
import { table } from '../table.ts'

/** `holdfast health`: how a running service and each of its resources is doing. */
export const healthCommand: Command = {
  name: 'health',
  usage: '',
  summary: 'show how a running service and its resources are doing',
  description: [
    'Asks the local endpoint of a service of yours that runs its resource manager with inspectAs.',
    'The exit code is 0 when it may be sent requests, 8 when not. Each + . - is one of the last checks: up, degraded, down.',
  ].join('\n'),
  options: managerOptions,
  async run(invocation) {
    const snapshot = await chooseManager(invocation)
    const { health, history } = snapshot
    invocation.output.result({ ...health, history }, textOf(snapshot))
    return health.isReady ? exitCodes.success : exitCodes.checkFailed
  },
}

const signs = { up: '+', degraded: '.', down: '-' } as const

const textOf = ({ name, pid, state, health, history, resources }: ManagerSnapshot): string => {
  const ready = health.isReady ? 'ready' : 'not ready'
  const why = health.reason === undefined ? '' : `: ${health.reason}`
  const rows = resources.map((resource) => {
    const { status, reason } = health.resources[resource.name] ?? {}
    const checks = (history[resource.name] ?? []).map((check) => signs[check.status]).join('')
    const last = resource.health?.last
    return [
      resource.name,
      resource.state,
      status ?? '',
      last === undefined ? '' : `${last.latencyMs.toFixed(1)} ms`,
      checks,
      reason ?? '',
    ]
  })
  return [
    `${name} (process ${pid}) is ${state}, ${health.status} and ${ready}${why}`,
    ...(rows.length === 0 ? [] : ['', table([['RESOURCE', 'STATE', 'HEALTH', 'CHECK', 'LAST', 'WHY'], ...rows])]),
  ].join('\n')
}
