import { describe, expect, it } from 'vitest'
import { toDot } from './graph-dot.ts'
import { toMermaid } from './graph-mermaid.ts'
import type { ResourceGraph } from './resource-manager.ts'

const graph: ResourceGraph = {
  nodes: [
    { name: 'orders-db', type: 'postgres "15"', kind: 'pooled', state: 'ready', waitsFor: [] },
    { name: 'mail', type: 'http', kind: 'singleton', state: 'quarantined', waitsFor: [] },
    { name: 'api', type: 'http', kind: 'pooled', state: 'degraded', waitsFor: ['mail'] },
  ],
  edges: [
    { from: 'api', to: 'orders-db', kind: 'requires' },
    { from: 'api', to: 'mail', kind: 'wants' },
  ],
}

describe('a graph as text', () => {
  it('is a flowchart of Mermaid: shapes tell kinds, classes tell states, names are never ids', () => {
    const lines = toMermaid(graph).split('\n')
    expect(lines[0]).toBe('flowchart TD')
    expect(lines).toContain('  r1(["mail<br/>http, quarantined"]):::quarantined')
    expect(lines).toContain('  r2 -->|requires| r0')
    expect(lines).toContain('  r2 -.->|wants| r1')
    // A quote in a type would end the label.
    expect(lines).toContain('  r0["orders-db<br/>postgres #34;15#34;, ready"]:::ready')
  })

  it('is a digraph of Graphviz, in which quotes are escaped', () => {
    const text = toDot(graph)
    expect(text).toContain('"orders-db" [label="orders-db\\npostgres \\"15\\", ready", shape=box')
    expect(text).toContain('"api" -> "mail" [label="wants", style=dashed];')
    expect(text.startsWith('digraph resources {')).toBe(true)
    expect(text.endsWith('}')).toBe(true)
  })

  it('has nothing in it when there is nothing', () => {
    expect(toMermaid({ nodes: [], edges: [] })).toContain('flowchart TD')
    expect(toDot({ nodes: [], edges: [] })).toBe('digraph resources {\n  rankdir=TB;\n}')
  })
})
