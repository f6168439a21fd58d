// A server of a few lines for tests of the launcher: FAKE_PORT, FAKE_FOLDER, and FAKE_MODE for how it misbehaves.
import { spawn } from 'node:child_process'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'

const { FAKE_PORT, FAKE_FOLDER = '', FAKE_MODE = 'good' } = process.env
if (FAKE_MODE === 'dies') {
  process.stderr.write('reading the configuration\nits 7th line makes no sense\n')
  process.exit(3)
}
if (FAKE_MODE === 'ignores-sigterm') process.on('SIGTERM', () => {})
if (FAKE_MODE === 'family') {
  // In a group of its own, as the processes of PostgreSQL are.
  const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' })
  writeFileSync(join(FAKE_FOLDER, 'child'), String(child.pid))
}
appendFileSync(join(FAKE_FOLDER, 'starts'), 'started\n')
createServer((_, response) => {
  if (FAKE_MODE === 'hangs') return
  response.statusCode = FAKE_MODE === 'never-ready' ? 503 : 200
  response.end(
    JSON.stringify({ pid: process.pid, starts: readFileSync(join(FAKE_FOLDER, 'starts'), 'utf8').length / 8 }),
  )
}).listen(Number(FAKE_PORT), '127.0.0.1')
