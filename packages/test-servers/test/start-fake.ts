// A process that starts a fake server, says where it is, and waits to be killed.
import { startServer } from '../src/start-server.ts'
import { fakeDefinition } from './fake-definition.ts'

const server = await startServer(fakeDefinition({ mode: process.argv[2] === 'stubborn' ? 'ignores-sigterm' : 'good' }))
process.stdout.write(`${JSON.stringify({ pid: server.pid, folder: server.settings.FAKE_FOLDER })}\n`)
setInterval(() => {}, 1000)
