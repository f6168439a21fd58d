import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { findProgram } from '../find-program.ts'
import { httpAnswer } from '../http-answer.ts'
import { installGoProgram } from '../package-clients/go-programs.ts'
import type { Installation, ServerDefinition, ServerSettings } from '../server-definition.ts'
import { awsVariables } from './aws-settings.ts'

const version = '1.8.0'

const rootKey = 'test-root'
const rootSecret = 'test-root-secret'

const settings = (endpoint: string): ServerSettings => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: rootKey,
  AWS_SECRET_ACCESS_KEY: rootSecret,
})

const installation: Installation = {
  id: `versitygw-${version}`,
  cost: 'a build of about 1 minute, once',
  needs: ['go'],
  async findOnMachine() {
    const found = await findProgram('versitygw')
    return found === undefined ? undefined : { paths: { versitygw: found } }
  },
  fetch: (context) => installGoProgram(context, `github.com/versity/versitygw/cmd/versitygw@v${version}`),
  programs: async (folder) => ({ paths: { versitygw: join(folder, 'bin/versitygw') } }),
}

/** An S3 server over a folder, strict about signatures, conditions and checksums. */
export const versitygw: ServerDefinition = {
  name: 'versitygw',
  title: 'versitygw',
  environment: awsVariables('VERSITYGW'),
  installation,
  container: {
    service: 'versitygw',
    portVariables: ['VERSITYGW_PORT'],
    settings: ([port]) => settings(`http://127.0.0.1:${port}`),
  },
  async plan({ programs, folder, freePort }) {
    const port = await freePort()
    const endpoint = `http://127.0.0.1:${port}`
    const [data, versions] = [join(folder, 'data'), join(folder, 'versions')]
    await mkdir(data)
    await mkdir(versions)
    return {
      settings: settings(endpoint),
      processes: [
        {
          name: 'versitygw',
          program: programs.paths.versitygw ?? 'versitygw',
          parameters: [
            '--port',
            `127.0.0.1:${port}`,
            '--health',
            '/health',
            'posix',
            '--versioning-dir',
            versions,
            data,
          ],
          environment: {
            ROOT_ACCESS_KEY: rootKey,
            ROOT_SECRET_KEY: rootSecret,
            VGW_REGION: 'us-east-1',
          },
          ready: async () => void (await httpAnswer(`${endpoint}/health`)),
        },
      ],
    }
  },
  // It does not say its version; this is what was installed.
  version: async () => version,
}
