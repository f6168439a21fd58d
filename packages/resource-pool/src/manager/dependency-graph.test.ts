import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Dependencies, DependencyGraph, dependencyKinds, everyDependency } from './dependency-graph.ts'

const on = (dependencies: Partial<Dependencies> = {}): Dependencies => ({
  requires: [],
  wants: [],
  after: [],
  bindsTo: [],
  ...dependencies,
})

const graphOf = (nodes: Readonly<Record<string, Partial<Dependencies>>>): DependencyGraph => {
  const graph = new DependencyGraph()
  for (const [name, dependencies] of Object.entries(nodes)) graph.add(name, on(dependencies))
  return graph
}

describe('a dependency graph', () => {
  it('names the way around a cycle, over every kind of edge', () => {
    const graph = graphOf({ api: { requires: ['cache'] }, cache: { wants: ['db'] }, queue: { bindsTo: ['db'] } })
    expect(graph.findCycle('db', on({ after: ['api'] }))).toEqual(['db', 'api', 'cache', 'db'])
    expect(graph.findCycle('db', on({ requires: ['db'] }))).toEqual(['db', 'db'])
    expect(graph.findCycle('db', on({ requires: ['elsewhere'] }))).toBeUndefined()
  })

  it('lists what is required and not registered; what is wanted may be missing', () => {
    const graph = graphOf({ api: { requires: ['db', 'cache'], wants: ['mail'] }, cache: { bindsTo: ['redis'] } })
    expect(graph.missing()).toEqual([
      { name: 'api', missing: 'db' },
      { name: 'cache', missing: 'redis' },
    ])
    expect(graph.missing(['cache'])).toEqual([{ name: 'cache', missing: 'redis' }])
  })

  it('knows who is needed and who depends, and whom the whole can do without', () => {
    const graph = graphOf({
      db: {},
      redis: {},
      cache: { requires: ['redis'] },
      api: { requires: ['db'], wants: ['cache'], after: ['log'] },
      log: {},
      worker: { bindsTo: ['db'] },
    })
    expect([...graph.withNeeded('api')].sort()).toEqual(['api', 'cache', 'db', 'redis'])
    expect([...graph.withDependents('db')].sort()).toEqual(['api', 'db', 'worker'])
    expect([...graph.withDependents('cache')]).toEqual(['cache'])
    expect([...graph.essential(new Set(graph.order()))].sort()).toEqual(['api', 'db', 'log', 'worker'])
    expect([...graph.essential(graph.withNeeded('cache'))].sort()).toEqual(['cache', 'redis'])
    expect(graph.order()).toEqual(['db', 'redis', 'log', 'worker', 'cache', 'api'])
  })

  it('behaves as a model that looks at every way', () => {
    // Edges in any direction: those that would close a cycle must be refused, and no others.
    const anEdge = fc.tuple(fc.nat(11), fc.nat(11), fc.constantFrom(...dependencyKinds))
    fc.assert(
      fc.property(fc.array(anEdge, { maxLength: 40 }), fc.shuffledSubarray([...Array(12).keys()]), (edges, names) => {
        const graph = new DependencyGraph()
        const model = new Map<string, readonly string[]>()
        for (const number of names) {
          const name = String(number)
          const of = (kind: string): string[] =>
            edges.filter((each) => each[0] === number && each[2] === kind).map((each) => String(each[1]))
          const dependencies = on({
            requires: of('requires'),
            wants: of('wants'),
            after: of('after'),
            bindsTo: of('bindsTo'),
          })
          const cycle = graph.findCycle(name, dependencies)
          const candidate = new Map(model).set(name, everyDependency(dependencies))
          expect(cycle !== undefined).toBe(reaches(candidate, name, name))
          if (cycle === undefined) {
            graph.add(name, dependencies)
            model.set(name, everyDependency(dependencies))
          } else {
            expect([cycle[0], cycle.at(-1)]).toEqual([name, name])
            for (const [index, each] of cycle.slice(0, -1).entries()) {
              expect(candidate.get(each)).toContain(cycle[index + 1])
            }
          }
        }
        const order = graph.order()
        expect([...order].sort()).toEqual([...model.keys()].sort())
        for (const [name, dependencies] of model) {
          for (const each of dependencies.filter((one) => model.has(one))) {
            expect(order.indexOf(each)).toBeLessThan(order.indexOf(name))
            expect(graph.children(each)).toContain(name)
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  it('sorts 500 nodes in one chain, and finds the cycle that would close it', () => {
    const graph = new DependencyGraph()
    for (let i = 0; i < 500; i += 1) graph.add(`n${i}`, on({ requires: i === 0 ? ['end'] : [`n${i - 1}`] }))
    expect(graph.order()).toHaveLength(500)
    expect(graph.order().at(-1)).toBe('n499')
    expect(graph.findCycle('end', on({ requires: ['n499'] }))).toHaveLength(502)
  })
})

/** Whether a way of at least one step leads there. */
const reaches = (edges: ReadonlyMap<string, readonly string[]>, from: string, to: string): boolean => {
  const seen = new Set<string>()
  const walk = (name: string): boolean =>
    (edges.get(name) ?? []).some((next) => {
      if (next === to) return true
      if (seen.has(next)) return false
      seen.add(next)
      return walk(next)
    })
  return walk(from)
}
