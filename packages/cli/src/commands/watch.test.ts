import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createCommandLine } from '../../test/command-line.ts'

/** Resolves when the stream has shown the text. */
const shows = (stream: PassThrough, text: string): Promise<void> =>
  new Promise((resolve) => {
    let shown = ''
    stream.on('data', (chunk: Buffer) => {
      shown += chunk.toString('utf8')
      if (shown.includes(text)) resolve()
    })
  })

test('prints a line for each change and ends at Ctrl-C', async () => {
  const { run } = await createCommandLine()
  await run(['init'])
  await run(['set', 'before'], { stdin: 'f4ke-0' })
  const first = (await run(['watch', '--once', '--json', '--cursor', '0'])).stdout
  expect(first.split('\n')).toHaveLength(2)
  expect(JSON.parse(first)).toMatchObject({ type: expect.stringMatching(/stored|resynced/), cursor: expect.anything() })

  const stdout = new PassThrough()
  const stderr = Object.assign(new PassThrough(), { isTTY: false })
  let interrupt = (): void => {}
  const watching = run(['watch', '--prefix', 'db/'], {
    environment: {
      stdout,
      stderr,
      onSignal: (signal, listener) => {
        if (signal === 'SIGINT') interrupt = listener
        return () => {}
      },
    },
  })
  await shows(stderr, 'Watching')
  const seen = shows(stdout, 'stored    db/main')
  await run(['set', 'other'], { stdin: 'f4ke-1' })
  await run(['set', 'db/main'], { stdin: 'f4ke-2' })
  await seen
  interrupt()
  expect((await watching).status).toBe(0)
})

test('a store that cannot tell says so', async () => {
  const { run, write } = await createCommandLine()
  const config = await write(
    'holdfast.config.json',
    JSON.stringify({ store: { provider: 'memory', without: ['watch'] } }),
  )
  const { status, stderr } = await run(['watch', '--config', config])
  expect(status).toBe(2)
  expect(stderr).toContain('watch')
})
