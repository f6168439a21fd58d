import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { untilSuccess } from '../http-answer.ts'
import type { ProcessPlan, ServerDefinition } from '../server-definition.ts'
import { tcpExchange } from '../tcp-exchange.ts'
import { redisAnswers, redisInstallation, redisVersion } from './redis.ts'

// The slots of a cluster: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
const slots = 16_384
const nodeCount = 3

interface Node {
  readonly name: string
  readonly port: number
  readonly busPort: number
}

const command = async (port: number, text: string, until = '\r\n'): Promise<string> => {
  const answer = await tcpExchange(port, `${text}\r\n`, until)
  if (answer.startsWith('-')) throw new Error(`${text}: ${answer.trim()}`)
  return answer
}

/** Deals the slots out and introduces the nodes to each other. */
const formCluster = async (nodes: readonly Node[]): Promise<void> => {
  const [first] = nodes
  for (const [index, { port, busPort }] of nodes.entries()) {
    const from = Math.ceil((index * slots) / nodes.length)
    const to = Math.ceil(((index + 1) * slots) / nodes.length) - 1
    await command(port, `CLUSTER ADDSLOTSRANGE ${from} ${to}`)
    await command(port, `CLUSTER SET-CONFIG-EPOCH ${index + 1}`)
    if (first && index > 0) await command(first.port, `CLUSTER MEET 127.0.0.1 ${port} ${busPort}`)
  }
}

const untilWhole = async (nodes: readonly Node[]): Promise<void> => {
  for (const { port } of nodes) {
    await untilSuccess(async () => {
      const info = await command(port, 'CLUSTER INFO', 'total_cluster_links_buffer_limit_exceeded')
      const isWhole = info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${nodes.length}`)
      if (!isWhole) throw new Error(`the cluster is not whole: ${info}`)
    }, 30_000)
  }
}

/** Three Redis nodes that share the slots, without replicas. The processes are `node-1`, `node-2` and `node-3`. */
export const redisCluster: ServerDefinition = {
  name: 'redis-cluster',
  title: 'Redis Cluster',
  environment: { REDIS_CLUSTER_NODES: 'REDIS_CLUSTER_NODES' },
  installation: redisInstallation,
  container: {
    service: 'redis-cluster',
    portVariables: ['REDIS_CLUSTER_PORT_1', 'REDIS_CLUSTER_PORT_2', 'REDIS_CLUSTER_PORT_3'],
    settings: (ports) => ({ REDIS_CLUSTER_NODES: ports.map((port) => `127.0.0.1:${port}`).join(',') }),
  },
  async plan({ programs, folder, freePort }) {
    const nodes: Node[] = []
    for (let index = 1; index <= nodeCount; index += 1) {
      nodes.push({ name: `node-${index}`, port: await freePort(), busPort: await freePort() })
    }
    for (const { name } of nodes) await mkdir(join(folder, name))
    const processes = nodes.map(
      ({ name, port, busPort }): ProcessPlan => ({
        name,
        program: programs.paths['redis-server'] ?? 'redis-server',
        parameters: [
          ...['--bind', '127.0.0.1', '--port', String(port), '--dir', join(folder, name)],
          ...['--save', '', '--appendonly', 'yes', '--daemonize', 'no'],
          ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--cluster-node-timeout', '2000'],
        ],
        ready: () => redisAnswers(port),
      }),
    )
    let isFormed = false
    return {
      settings: { REDIS_CLUSTER_NODES: nodes.map(({ port }) => `127.0.0.1:${port}`).join(',') },
      processes,
      async afterReady() {
        if (!isFormed) await formCluster(nodes)
        isFormed = true
        await untilWhole(nodes)
        return {}
      },
    }
  },
  version: ({ REDIS_CLUSTER_NODES = '' }) => redisVersion(`redis://${REDIS_CLUSTER_NODES.split(',')[0]}`),
}
