import { toTimestamp } from '@holdfast/contracts'
import type { DependencyGraph } from './dependency-graph.ts'
import { dependencyKinds } from './dependency-graph.ts'
import type { ManagedResource } from './managed-resource.ts'
import type { ManagerCore } from './manager-core.ts'
import type { ResourceReading } from './manager-metrics.ts'
import type { ResourceExplanation, ResourceGraph } from './resource-manager.ts'

/** All that is known of one resource now. */
export const explainResource = (core: ManagerCore, resource: ManagedResource<unknown>): ResourceExplanation => {
  const { name, registration, lifecycle, life } = resource
  const { requires, wants, after, bindsTo } = core.graph.of(name)
  const { monitor } = core
  const pool = life?.parts?.pool
  return {
    name,
    type: registration.adapter.name,
    kind: registration.kind ?? 'pooled',
    state: lifecycle.state,
    causes: lifecycle.causes,
    since: toTimestamp(lifecycle.since),
    requires,
    wants,
    after,
    bindsTo,
    requiredBy: core.graph.requiredBy(name),
    ...(registration.health === false
      ? {}
      : { health: { status: monitor.status(name), last: monitor.last(name), trend: monitor.trend(name) } }),
    credentials: life?.parts?.rotation?.versions() ?? {},
    circuits: circuitsOf(resource),
    ...(pool === undefined ? {} : { statistics: pool.statistics() }),
  }
}

/** In which state the circuits of its policies are, outermost first. */
export const circuitsOf = ({ name, registration }: ManagedResource<unknown>): readonly string[] =>
  (registration.layers ?? []).flatMap((policy) => (policy.state === undefined ? [] : [policy.state(name)]))

/** Everything and how it hangs together. */
export const resourceGraph = (core: ManagerCore): ResourceGraph => ({
  nodes: [...core.byName.values()].map(({ name, registration, lifecycle }) => ({
    name,
    type: registration.adapter.name,
    kind: registration.kind ?? 'pooled',
    state: lifecycle.state,
    waitsFor: core.run?.waitsFor(name) ?? [],
  })),
  edges: [...core.byName.keys()].flatMap((name) => edgesOf(core.graph, name)),
})

const edgesOf = (graph: DependencyGraph, from: string): ResourceGraph['edges'] => {
  const dependencies = graph.of(from)
  return dependencyKinds.flatMap((kind) =>
    dependencies[kind].filter((to) => graph.has(to)).map((to) => ({ from, to, kind })),
  )
}

/** What the metrics ask of each resource. */
export const readResource = (core: ManagerCore, resource: ManagedResource<unknown>): ResourceReading => ({
  name: resource.name,
  type: resource.registration.adapter.name,
  state: resource.lifecycle.state,
  health: { status: core.monitor.status(resource.name) },
  circuits: circuitsOf(resource),
  credentials: resource.life?.parts?.rotation?.versions() ?? {},
})
