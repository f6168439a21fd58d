import { aggregateHealth } from './aggregate-health.ts'
import type { ManagerCore } from './manager-core.ts'
import { chainText } from './manager-errors.ts'
import type { ManagerHealth } from './resource-manager.ts'

/** How the whole is doing, going by the states that the resources are in. */
export const managerHealth = (core: ManagerCore): ManagerHealth => {
  const essential = core.graph.essential()
  return aggregateHealth(
    core.state,
    [...core.byName.values()].map(({ name, registration, lifecycle: { state, causes } }) => ({
      name,
      type: registration.adapter.name,
      state,
      ...(causes.length === 0 ? {} : { reason: chainText(causes) }),
      isEssential: essential.has(name),
    })),
  )
}
