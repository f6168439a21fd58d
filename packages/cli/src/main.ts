#!/usr/bin/env node
import { runCommandLine } from './run-command-line.ts'
import { systemEnvironment } from './system-environment.ts'

// Whoever reads the output may stop reading (| head): that is no failure of this program.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

process.exitCode = await runCommandLine(systemEnvironment())
