import type { ResourceGraph } from './resource-manager.ts'

/** Strength of an edge as Mermaid draws it (Mermaid, "Flowcharts – Basic Syntax"): what must be there is solid, what is only wished for dotted. */
const arrows = { requires: '-->', bindsTo: '==>', wants: '-.->', after: '-.-' } as const

/** The graph as a Mermaid flowchart, for a README or a pull request: an arrow leads to what is needed, colours tell states. */
export const toMermaid = ({ nodes, edges }: ResourceGraph): string => {
  const ids = new Map(nodes.map(({ name }, index) => [name, `r${index}`]))
  const lines = nodes.map(({ name, type, kind, state }) => {
    const [open, close] = kind === 'singleton' ? ['([', '])'] : ['[', ']']
    return `  ${ids.get(name)}${open}"${name}<br/>${quoted(type)}, ${state}"${close}:::${state}`
  })
  const drawn = edges.map(({ from, to, kind }) => `  ${ids.get(from)} ${arrows[kind]}|${kind}| ${ids.get(to)}`)
  const colours = [
    '  classDef ready fill:#d7f0d7,stroke:#2e7d32,color:#000',
    '  classDef degraded fill:#fff3c4,stroke:#b28704,color:#000',
    '  classDef quarantined fill:#ffe0cc,stroke:#c75300,color:#000',
    '  classDef failed fill:#ffd6d6,stroke:#b71c1c,color:#000',
    '  classDef created,starting,draining,stopped fill:#eeeeee,stroke:#616161,color:#000',
  ]
  return ['flowchart TD', ...lines, ...drawn, ...colours].join('\n')
}

/** Names of types are their adapters' own: what would end the label is written as Mermaid's entities. */
const quoted = (text: string): string => text.replace(/[^\w ./-]/g, (character) => `#${character.codePointAt(0) ?? 0};`)
