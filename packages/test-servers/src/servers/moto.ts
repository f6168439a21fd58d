import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { httpAnswer } from '../http-answer.ts'
import { fetchPythonPackages, pythonOf } from '../package-clients/python-packages.ts'
import type { Installation, PlanContext, ServerDefinition, ServerPlan } from '../server-definition.ts'
import { awsSettings, awsVariables } from './aws-settings.ts'

const requirements = join(import.meta.dirname, 'moto.requirements.txt')

const installation: Installation = {
  id: 'moto-5.2.5',
  cost: '300 MB, about 30 s',
  needs: ['python3'],
  // A program of the machine may be of any version, and emulators differ from one to the next.
  findOnMachine: async () => undefined,
  fetch: (context) => fetchPythonPackages(context, requirements),
  programs: async (folder) => ({ paths: { python: pythonOf(folder) } }),
}

const planMoto = async ({ programs, folder, freePort }: PlanContext, isRecorded: boolean): Promise<ServerPlan> => {
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const api = (path: string, body = ''): Promise<string> =>
    httpAnswer(`${endpoint}/moto-api/${path}`, { method: 'POST', body, timeoutMs: 30_000 })
  let isNew = true
  return {
    settings: awsSettings(endpoint),
    processes: [
      {
        name: 'moto',
        program: programs.paths.python ?? 'python3',
        parameters: ['-m', 'moto.server', '--host', '127.0.0.1', '--port', String(port)],
        environment: {
          ...{ HOME: folder, TMPDIR: folder, PYTHONDONTWRITEBYTECODE: '' },
          ...(isRecorded ? { MOTO_ENABLE_RECORDING: 'true', MOTO_RECORDER_FILEPATH: join(folder, 'requests') } : {}),
        },
        ready: async () => void (await httpAnswer(`${endpoint}/moto-api/data.json`)),
      },
    ],
    async afterReady() {
      if (isRecorded && !isNew) await api('recorder/replay-recording')
      isNew = false
      // Its batch service would look for Docker.
      await api('config', '{"batch":{"use_docker":false}}')
      return {}
    },
  }
}

// It does not say its version; this is what was installed.
const motoVersion = async (): Promise<string> =>
  /^moto==(\S+)$/m.exec(await readFile(requirements, 'utf8'))?.[1] ?? 'unknown'

/** A second emulator of AWS, with other mistakes than the first. Data under one region of one account lasts until it stops. */
export const moto: ServerDefinition = {
  name: 'moto',
  title: 'moto',
  environment: awsVariables('MOTO'),
  installation,
  container: {
    service: 'moto',
    portVariables: ['MOTO_PORT'],
    settings: ([port]) => awsSettings(`http://127.0.0.1:${port}`),
  },
  plan: (context) => planMoto(context, false),
  version: motoVersion,
}

/**
 * The same with its recorder: each request is written to disk before it is answered, and all are made again after a
 * restart. It is the only one of the emulators that a kill does not empty; what AWS chooses itself, such as dates and the end
 * of an ARN, is chosen anew.
 */
export const motoRecorded: ServerDefinition = {
  name: 'moto-recorded',
  title: 'moto on disk',
  environment: awsVariables('MOTO_RECORDED'),
  installation,
  plan: (context) => planMoto(context, true),
  version: motoVersion,
}
