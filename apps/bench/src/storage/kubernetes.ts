import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { createK8sStorage } from '@holdfast/storage-k8s'
import { startServer } from '@holdfast/test-servers'
import { CoreV1Api, KubeConfig, type V1Secret } from '@kubernetes/client-node'
import type { Figures } from '../area.ts'
import {
  benchId,
  benchRecord,
  compareDriver,
  type DriverComparison,
  type OpenedPair,
  type StorageCalls,
} from './compare-driver.ts'
import { createLoopbackCertificate } from './loopback-certificate.ts'
import { startReplayServer } from './replay-server.ts'

// The names that the driver gives them.
const nameOf = (id: string): string => `holdfast-p-${id.replaceAll('/', '-2f')}`

/** What the driver stores for the record of the benchmark: the clients alone have to say the same. */
const secretOf = (id: string): V1Secret => {
  const { metadata, value } = benchRecord(id)
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: {
      name: nameOf(id),
      labels: { region: 'eu', 'app.kubernetes.io/managed-by': 'holdfast', 'holdfast.dev/store': 'holdfast' },
      annotations: {
        'holdfast.dev/metadata': JSON.stringify(metadata),
        'holdfast.dev/write': '6f1f8a3c-0000-4000-8000-000000000000',
      },
    },
    data: { value: Buffer.from(value).toString('base64') },
  }
}

const recorded = secretOf(benchId)
const headers = {
  'audit-id': '8f7c2d1e-0000-4000-8000-000000000000',
  'cache-control': 'no-cache, private',
  'content-type': 'application/json',
}
const body = JSON.stringify({
  ...recorded,
  metadata: {
    ...recorded.metadata,
    namespace: 'default',
    uid: '0f4e1d5c-0000-4000-8000-000000000000',
    resourceVersion: '4711',
    creationTimestamp: '2026-02-01T00:00:00Z',
    managedFields: [
      {
        manager: 'node',
        operation: 'Update',
        apiVersion: 'v1',
        time: '2026-02-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { '.': {}, 'f:value': {} }, 'f:type': {} },
      },
    ],
  },
})
const answers = [
  { when: 'GET /api/v1/namespaces/default/secrets/', headers, body },
  { when: 'PUT /api/v1/namespaces/default/secrets/', headers, body },
]

interface Cluster {
  readonly url: string
  readonly caFile: string
  readonly token: string
  readonly close: () => Promise<unknown>
}

const kubeConfigOf = ({ url, caFile, token }: Cluster): KubeConfig => {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromClusterAndUser(
    { name: 'bench', server: url, caFile, skipTLSVerify: false },
    { name: 'bench', token },
  )
  return kubeConfig
}

const open = (cluster: Cluster, clientOf: (cluster: Cluster) => StorageCalls): OpenedPair => {
  const storage = createK8sStorage({ kubeConfig: kubeConfigOf(cluster) })
  return {
    driver: {
      retrieve: (id) => storage.retrieve(id),
      store: (id) => storage.store(id, benchRecord(id)),
    },
    client: clientOf(cluster),
    async close() {
      await storage.close()
      await cluster.close()
    },
  }
}

const generatedClient = (cluster: Cluster): StorageCalls => {
  const client = kubeConfigOf(cluster).makeApiClient(CoreV1Api)
  return {
    retrieve: (id) => client.readNamespacedSecret({ namespace: 'default', name: nameOf(id) }),
    async store(id) {
      const secret = { namespace: 'default', body: secretOf(id) }
      try {
        return await client.replaceNamespacedSecret({ ...secret, name: nameOf(id) })
      } catch {
        return client.createNamespacedSecret(secret)
      }
    },
  }
}

const bareRequests = ({ url, caFile, token }: Cluster): StorageCalls => {
  const agent = new Agent({ keepAlive: true, ca: readFileSync(caFile) })
  const path = '/api/v1/namespaces/default/secrets'
  const ask = async (method: string, path: string, secret?: object): Promise<unknown> => {
    const text = secret === undefined ? undefined : JSON.stringify(secret)
    const sent = request(`${url}${path}`, {
      method,
      agent,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      },
    })
    sent.end(text)
    // The event comes with the answer.
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    const answer = Buffer.concat(chunks).toString('utf8')
    if (response.statusCode === undefined || response.statusCode >= 400) throw new Error(answer)
    return JSON.parse(answer)
  }
  return {
    retrieve: (id) => ask('GET', `${path}/${nameOf(id)}`),
    async store(id) {
      const secret = secretOf(id)
      try {
        return await ask('PUT', `${path}/${nameOf(id)}`, secret)
      } catch {
        return ask('POST', path, secret)
      }
    },
  }
}

const replayed = (clientOf: (cluster: Cluster) => StorageCalls) => async (): Promise<OpenedPair> => {
  const certificate = await createLoopbackCertificate()
  const server = await startReplayServer(answers, certificate)
  const close = async (): Promise<void> => {
    await server.close()
    await certificate.remove()
  }
  return open({ url: server.url, caFile: certificate.file, token: 'token', close }, clientOf)
}

const real = {
  server: 'kubernetes',
  async open(): Promise<OpenedPair> {
    const server = await startServer('kubernetes')
    const { KUBERNETES_URL: url = '', KUBERNETES_CACERT: caFile = '', KUBERNETES_TOKEN: token = '' } = server.settings
    return open({ url, caFile, token, close: () => server.stop() }, bareRequests)
  },
}

const comparisons = [
  compareDriver({ name: 'storage-k8s', client: 'node:https', replayed: replayed(bareRequests), real }),
  compareDriver({ name: 'storage-k8s', client: 'CoreV1Api', replayed: replayed(generatedClient), calls: 150 }),
]

/** storage-k8s beside a bare request with kept connections, the floor, and the generated client of Kubernetes. */
export const kubernetes: DriverComparison = {
  // The times of the driver itself stand in both.
  rows: [...new Map(comparisons.flatMap(({ rows }) => rows).map((row) => [row.name, row])).values()],
  subjects: [
    {
      name: 'storage-k8s',
      async measure(round) {
        let figures: Figures = {}
        for (const subject of comparisons.flatMap(({ subjects }) => subjects)) {
          figures = { ...(await subject.measure(round)), ...figures }
        }
        return figures
      },
    },
  ],
  goals: comparisons.flatMap(({ goals }) => goals),
}
