import type { ResourceGraph } from './resource-manager.ts'

const styles = {
  requires: 'solid',
  bindsTo: 'bold',
  wants: 'dashed',
  after: 'dotted',
} as const

const colours = {
  created: '#eeeeee',
  starting: '#eeeeee',
  ready: '#d7f0d7',
  degraded: '#fff3c4',
  quarantined: '#ffe0cc',
  draining: '#eeeeee',
  stopped: '#eeeeee',
  failed: '#ffd6d6',
} as const

/** The graph in the language of Graphviz: `holdfast graph --format dot | dot -Tsvg > resources.svg`. An arrow leads to what is needed. */
export const toDot = ({ nodes, edges }: ResourceGraph): string => {
  const lines = nodes.map(({ name, type, kind, state }) => {
    const shape = kind === 'singleton' ? 'ellipse' : 'box'
    const label = `${quoted(name)}\\n${quoted(type)}, ${state}`
    return `  "${quoted(name)}" [label="${label}", shape=${shape}, style=filled, fillcolor="${colours[state]}"];`
  })
  const drawn = edges.map(
    ({ from, to, kind }) => `  "${quoted(from)}" -> "${quoted(to)}" [label="${kind}", style=${styles[kind]}];`,
  )
  return ['digraph resources {', '  rankdir=TB;', ...lines, ...drawn, '}'].join('\n')
}

/** Inside quotes only a quote and a backslash mean something (Graphviz, "The DOT Language"). */
const quoted = (text: string): string => text.replace(/["\\]/g, '\\$&').replace(/\s+/g, ' ')
