import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { httpAnswer } from '../http-answer.ts'
import { fetchPythonPackages, pythonOf } from '../package-clients/python-packages.ts'
import type { Installation, ServerDefinition } from '../server-definition.ts'
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
  async plan({ programs, folder, freePort }) {
    const port = await freePort()
    const endpoint = `http://127.0.0.1:${port}`
    return {
      settings: awsSettings(endpoint),
      processes: [
        {
          name: 'moto',
          program: programs.paths.python ?? 'python3',
          parameters: ['-m', 'moto.server', '--host', '127.0.0.1', '--port', String(port)],
          environment: { HOME: folder, TMPDIR: folder, PYTHONDONTWRITEBYTECODE: '' },
          ready: async () => void (await httpAnswer(`${endpoint}/moto-api/data.json`)),
        },
      ],
      // Its batch service would look for Docker.
      async afterReady() {
        await httpAnswer(`${endpoint}/moto-api/config`, { method: 'POST', body: '{"batch":{"use_docker":false}}' })
        return {}
      },
    }
  },
  // It does not say its version; this is what was installed.
  version: async () => /^moto==(\S+)$/m.exec(await readFile(requirements, 'utf8'))?.[1] ?? 'unknown',
}
