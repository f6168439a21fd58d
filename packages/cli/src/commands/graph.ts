import { type ManagerSnapshot, toDot, toMermaid } from '@holdfast/resource-pool/endpoint'
import type { Command } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { chooseManager, managerOptions } from '../managers/choose-manager.ts'
import { usageError } from '../usage-error.ts'

const formats = ['tree', 'mermaid', 'dot']

/** `holdfast graph`: what needs what in a running service. */
export const graphCommand: Command = {
  name: 'graph',
  usage: '',
  summary: 'show what needs what in a running service',
  description: 'With --json the graph is printed as nodes and edges.',
  options: {
    ...managerOptions,
    format: { type: 'string', value: 'FORMAT', help: 'tree (default), mermaid for Markdown, dot for Graphviz' },
  },
  async run(invocation) {
    const format = invocation.text('format') ?? 'tree'
    if (!formats.includes(format)) {
      throw usageError('graph', `There is no format ${JSON.stringify(format)}.`, `Use one of ${formats.join(', ')}.`)
    }
    const { graph } = await chooseManager(invocation)
    const draw = { mermaid: toMermaid, dot: toDot }[format] ?? treeOf
    invocation.output.result(graph, draw(graph))
    return exitCodes.success
  },
}

type Graph = ManagerSnapshot['graph']

/** A line for each resource, under what needs it; what was shown above is not opened again. */
const treeOf = ({ nodes, edges }: Graph): string => {
  if (nodes.length === 0) return 'The service has no resources.'
  const needed = new Map<string, Graph['edges'][number][]>()
  for (const edge of edges) needed.set(edge.from, [...(needed.get(edge.from) ?? []), edge])
  const states = new Map(nodes.map((node) => [node.name, node]))
  const targets = new Set(edges.map(({ to }) => to))
  const shown = new Set<string>()
  const lines: string[] = []
  const visit = (name: string, indent: string, branch: string, kind: string): void => {
    const node = states.get(name)
    const children = needed.get(name) ?? []
    const isRepeated = shown.has(name) && children.length > 0
    const waits = node === undefined || node.waitsFor.length === 0 ? '' : `, waits for ${node.waitsFor.join(', ')}`
    lines.push(
      `${branch}${kind}${name}  ${node?.state ?? 'not registered'}${waits}${isRepeated ? '  (see above)' : ''}`,
    )
    if (isRepeated) return
    shown.add(name)
    for (const [index, { to, kind: how }] of children.entries()) {
      const isLast = index === children.length - 1
      visit(to, `${indent}${isLast ? '   ' : '│  '}`, `${indent}${isLast ? '└─ ' : '├─ '}`, `${how} `)
    }
  }
  for (const { name } of nodes) if (!targets.has(name)) visit(name, '', '', '')
  return lines.join('\n')
}
