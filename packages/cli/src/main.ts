#!/usr/bin/env node
import { runCommandLine } from './run-command-line.ts'
import { systemEnvironment } from './system-environment.ts'

process.exitCode = await runCommandLine(systemEnvironment())
