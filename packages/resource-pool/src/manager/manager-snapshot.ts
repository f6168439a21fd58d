import { type Clock, systemClock, toTimestamp } from '@holdfast/contracts'
import type { HealthCheckResult } from './health-history.ts'
import type { ManagerState } from './manager-events.ts'
import type { ManagerHealth, ResourceExplanation, ResourceGraph, ResourceManager } from './resource-manager.ts'

/** Answers of checks that a snapshot shows of each resource: enough to see whether it flaps. */
const shownChecks = 20

/** All that can be seen of a manager at a moment, as the local endpoint answers it. Never a secret. */
export interface ManagerSnapshot {
  /** Grows when a field changes its meaning. */
  readonly protocol: 1
  readonly name: string
  readonly pid: number
  /** RFC 3339, UTC. */
  readonly at: string
  readonly state: ManagerState
  readonly health: ManagerHealth
  readonly startupOrder: readonly string[]
  readonly resources: readonly ResourceExplanation[]
  readonly graph: ResourceGraph
  /** The last checks of each resource, oldest first. */
  readonly history: Readonly<Record<string, readonly HealthCheckResult[]>>
}

/** Looks at everything; asks nobody. */
export const managerSnapshot = (
  manager: ResourceManager,
  name: string,
  clock: Clock = systemClock,
): ManagerSnapshot => {
  const keys = manager.keys()
  return {
    protocol: 1,
    name,
    pid: process.pid,
    at: toTimestamp(clock.wallNow()),
    state: manager.state,
    health: manager.health(),
    startupOrder: manager.startupOrder(),
    resources: keys.map((key) => manager.explain(key)),
    graph: manager.graph(),
    history: Object.fromEntries(keys.map((key) => [key.name, manager.healthHistory(key).slice(-shownChecks)])),
  }
}
