import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { supervisorVariable } from './ask-supervisor.ts'
import { progressOnTerminal } from './progress.ts'
import { serversReport } from './servers-report.ts'
import { createSharedServers } from './shared-servers.ts'
import { startSupervisor } from './supervisor.ts'

const handDownFromEnvironment = (address: string): void => {
  process.env[supervisorVariable] = address
}

/** For vitest's `globalSetup`: one supervisor per run, which starts a server when the first test file asks for it. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const supervisor = await startSupervisor(createSharedServers({ progress: progressOnTerminal }))
  // The processes of the test files inherit it.
  handDownFromEnvironment(supervisor.address)
  return async () => {
    await supervisor.close()
    for (const line of serversReport(supervisor.uses.filter(({ absent }) => absent !== undefined)))
      progressOnTerminal(line)
    const reports = join(project.config.root, 'reports')
    await mkdir(reports, { recursive: true })
    await writeFile(join(reports, 'servers.json'), `${JSON.stringify(supervisor.uses, undefined, 2)}\n`)
  }
}
