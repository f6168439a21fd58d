import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findProgram } from '../find-program.ts'
import { httpAnswer } from '../http-answer.ts'
import { fetchDebianPackages } from '../package-clients/debian-packages.ts'
import { buildGoModule } from '../package-clients/go-programs.ts'
import type { Installation, ServerDefinition } from '../server-definition.ts'
import { writeKubernetesFiles } from './kubernetes-files.ts'

const version = 'v1.36.3'
const component = 'k8s.io/component-base/version'

const installation: Installation = {
  id: `kubernetes-${version}`,
  cost: 'a build of 4 to 7 minutes, once',
  needs: ['go', 'apt-get', 'dpkg'],
  async findOnMachine() {
    const server = await findProgram('kube-apiserver')
    const etcd = await findProgram('etcd')
    return server === undefined || etcd === undefined ? undefined : { paths: { 'kube-apiserver': server, etcd } }
  },
  async fetch(context) {
    await fetchDebianPackages(context, ['etcd-server'])
    context.progress('building kube-apiserver from its Go modules')
    await buildGoModule(context, {
      module: join(import.meta.dirname, 'kube-apiserver'),
      program: 'kube-apiserver',
      linkerFlags: [
        ...['-X', `${component}.gitVersion=${version}`],
        ...['-X', `${component}.gitMajor=1`, '-X', `${component}.gitMinor=36`],
      ],
    })
  },
  programs: async (folder) => ({
    paths: { 'kube-apiserver': join(folder, 'bin/kube-apiserver'), etcd: join(folder, 'usr/bin/etcd') },
  }),
}

/**
 * The API of Kubernetes and its storage: everything about secrets, namespaces, watches and permissions is real. There are no
 * controllers and no nodes, so a deleted namespace stays in the state Terminating: take a fresh name per test.
 */
export const kubernetes: ServerDefinition = {
  name: 'kubernetes',
  title: 'Kubernetes',
  environment: {
    KUBERNETES_TEST_KUBECONFIG: 'KUBECONFIG',
    KUBERNETES_TEST_URL: 'KUBERNETES_URL',
    KUBERNETES_TEST_CACERT: 'KUBERNETES_CACERT',
    KUBERNETES_TEST_TOKEN: 'KUBERNETES_TOKEN',
  },
  installation,
  async plan({ programs, folder, freePort }) {
    const [clientPort, peerPort, port] = [await freePort(), await freePort(), await freePort()]
    const [etcd, peer] = [`http://127.0.0.1:${clientPort}`, `http://127.0.0.1:${peerPort}`]
    const url = `https://127.0.0.1:${port}`
    const files = await writeKubernetesFiles(folder, url)
    return {
      settings: {
        KUBECONFIG: files.kubeconfig,
        KUBERNETES_URL: url,
        KUBERNETES_CACERT: files.ca,
        KUBERNETES_TOKEN: files.adminToken,
        KUBERNETES_USER_TOKENS: JSON.stringify(files.userTokens),
      },
      processes: [
        {
          name: 'etcd',
          program: programs.paths.etcd ?? 'etcd',
          parameters: [
            ...['--data-dir', join(folder, 'etcd'), '--name', 'etcd'],
            ...['--listen-client-urls', etcd, '--advertise-client-urls', etcd],
            ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `etcd=${peer}`],
          ],
          ready: async () => void (await httpAnswer(`${etcd}/health`)),
        },
        {
          name: 'kube-apiserver',
          // It keeps nothing itself, and in order it would wait for every watch to end.
          stopSignal: 'SIGKILL',
          program: programs.paths['kube-apiserver'] ?? 'kube-apiserver',
          parameters: [
            `--etcd-servers=${etcd}`,
            ...['--bind-address=127.0.0.1', '--advertise-address=127.0.0.1', `--secure-port=${port}`],
            ...[`--cert-dir=${files.certificates}`, `--token-auth-file=${files.tokens}`, '--authorization-mode=RBAC'],
            '--service-account-issuer=https://kubernetes.default.svc',
            `--service-account-key-file=${files.serviceAccountPublicKey}`,
            `--service-account-signing-key-file=${files.serviceAccountKey}`,
            ...['--service-cluster-ip-range=10.96.0.0/16', '--endpoint-reconciler-type=none'],
            // Its controller is not there to make the accounts it asks for.
            '--disable-admission-plugins=ServiceAccount',
          ],
          ready: async () => {
            const headers = { authorization: `Bearer ${files.adminToken}` }
            await httpAnswer(`${url}/readyz`, { headers, ca: await readFile(files.ca, 'utf8') })
          },
        },
      ],
    }
  },
  async version({ KUBERNETES_URL = '', KUBERNETES_TOKEN = '', KUBERNETES_CACERT = '' }) {
    const answer = await httpAnswer(`${KUBERNETES_URL}/version`, {
      headers: { authorization: `Bearer ${KUBERNETES_TOKEN}` },
      ca: await readFile(KUBERNETES_CACERT, 'utf8'),
    })
    // Written by the server.
    const { gitVersion } = JSON.parse(answer) as { gitVersion: string }
    return gitVersion.replace(/^v/, '')
  },
}
