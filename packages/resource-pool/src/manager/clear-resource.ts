import { noCauses } from './lifecycle.ts'
import type { ManagerCore } from './manager-core.ts'
import { stopResources } from './stop-resources.ts'

/** Clears away what a resource that has failed had begun. */
export const clear = async (core: ManagerCore, names: ReadonlySet<string>): Promise<void> => {
  await stopResources(core, names, { deadlineMs: core.settings.stopDeadlineMs, causes: noCauses, keepsFailed: true })
}
