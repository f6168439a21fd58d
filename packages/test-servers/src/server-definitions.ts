import type { ServerDefinition } from './server-definition.ts'
import { localstack, vault } from './servers/container-only.ts'
import { keyVault } from './servers/key-vault.ts'
import { kubernetes } from './servers/kubernetes.ts'
import { ministack, ministackIam } from './servers/ministack.ts'
import { moto, motoRecorded } from './servers/moto.ts'
import { openbao, openbaoTls } from './servers/openbao.ts'
import { openbaoRaft } from './servers/openbao-raft.ts'
import { postgres } from './servers/postgres.ts'
import { postgres18 } from './servers/postgres18.ts'
import { prometheus } from './servers/prometheus.ts'
import { redis } from './servers/redis.ts'
import { redisCluster } from './servers/redis-cluster.ts'
import { versitygw } from './servers/versitygw.ts'

/** All servers that can be started, in the order in which they are listed. */
export const serverDefinitions: readonly ServerDefinition[] = [
  redis,
  redisCluster,
  postgres,
  postgres18,
  prometheus,
  openbao,
  openbaoTls,
  openbaoRaft,
  ministack,
  ministackIam,
  moto,
  motoRecorded,
  keyVault,
  kubernetes,
  versitygw,
  vault,
  localstack,
]

/** The definition of a server. Throws when there is none of this name, and says which there are. */
export const serverDefinition = (name: string): ServerDefinition => {
  const found = serverDefinitions.find((definition) => definition.name === name)
  if (found !== undefined) return found
  const known = serverDefinitions.map((definition) => definition.name).join(', ')
  throw new Error(`There is no test server "${name}". There are: ${known}.`)
}
