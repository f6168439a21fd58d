import { join } from 'node:path'
import { httpAnswer } from '../http-answer.ts'
import { fetchPythonPackages, pythonOf } from '../package-clients/python-packages.ts'
import type { Installation, PlanContext, ServerDefinition, ServerPlan } from '../server-definition.ts'
import { awsSettings, awsVariables } from './aws-settings.ts'

const installation: Installation = {
  id: 'ministack-1.5.33',
  cost: '90 MB, about 10 s',
  needs: ['python3'],
  // A program of the machine may be of any version, and emulators differ from one to the next.
  findOnMachine: async () => undefined,
  fetch: (context) => fetchPythonPackages(context, join(import.meta.dirname, 'ministack.requirements.txt')),
  programs: async (folder) => ({ paths: { python: pythonOf(folder) } }),
}

const ministackVersion = async (endpoint: string): Promise<string> => {
  // Written by the emulator.
  const health = JSON.parse(await httpAnswer(`${endpoint}/_ministack/health`)) as { version?: string }
  return health.version ?? 'unknown'
}

const planMinistack = async (
  { programs, folder, freePort }: PlanContext,
  environment: Readonly<Record<string, string>>,
): Promise<ServerPlan> => {
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  return {
    settings: awsSettings(endpoint),
    processes: [
      {
        name: 'ministack',
        program: programs.paths.python ?? 'python3',
        parameters: ['-m', 'ministack'],
        environment: {
          ...{ BIND_HOST: '127.0.0.1', GATEWAY_PORT: String(port), MINISTACK_HOST: '127.0.0.1' },
          // Listeners on fixed ports of all interfaces.
          ...{ SFTP_ENABLED: '0', IOT_MTLS_ENABLED: '0' },
          ...{ TMPDIR: folder, HOME: folder, PYTHONDONTWRITEBYTECODE: '' },
          ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
          ...environment,
        },
        ready: async () => void (await ministackVersion(endpoint)),
      },
    ],
  }
}

/** An emulator of AWS that takes any credentials and allows everything. */
export const ministack: ServerDefinition = {
  name: 'ministack',
  title: 'ministack',
  environment: awsVariables('MINISTACK'),
  installation,
  container: {
    service: 'ministack',
    portVariables: ['MINISTACK_PORT'],
    settings: ([port]) => awsSettings(`http://127.0.0.1:${port}`),
  },
  plan: (context) => planMinistack(context, {}),
  version: ({ AWS_ENDPOINT_URL = '' }) => ministackVersion(AWS_ENDPOINT_URL),
}

/** The same with signatures checked and IAM policies enforced; the key `test` is the root of the account. */
export const ministackIam: ServerDefinition = {
  name: 'ministack-iam',
  title: 'ministack with IAM',
  environment: awsVariables('MINISTACK_IAM'),
  installation,
  plan: (context) => planMinistack(context, { AUTH: 'true' }),
  version: ({ AWS_ENDPOINT_URL = '' }) => ministackVersion(AWS_ENDPOINT_URL),
}
