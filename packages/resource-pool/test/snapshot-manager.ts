import { resourceKey } from '../src/manager/resource-key.ts'
import type { ResourceExplanation, ResourceManager } from '../src/manager/resource-manager.ts'

/** A resource as a manager explains it. */
export const explanation = (over: Partial<ResourceExplanation> = {}): ResourceExplanation => ({
  name: 'orders-db',
  type: 'postgres',
  kind: 'pooled',
  state: 'ready',
  causes: [],
  since: '2026-01-01T00:00:00.000Z',
  requires: [],
  wants: [],
  after: [],
  bindsTo: [],
  requiredBy: [],
  credentials: {},
  circuits: [],
  ...over,
})

/** As much of a manager as its endpoint looks at. */
export const snapshotManager = (resources: readonly ResourceExplanation[] = [explanation()]): ResourceManager => {
  const manager: Partial<ResourceManager> = {
    state: 'ready',
    keys: () => resources.map(({ name }) => resourceKey(name)),
    explain: (key) => resources.find(({ name }) => name === key.name) ?? explanation(),
    health: () => ({ status: 'up', isReady: true, types: {}, resources: {} }),
    healthHistory: () => [],
    startupOrder: () => resources.map(({ name }) => name),
    graph: () => ({ nodes: [], edges: [] }),
  }
  // What a snapshot is made of is all there: nothing else of it is called.
  return manager as ResourceManager
}
