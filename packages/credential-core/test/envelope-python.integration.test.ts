import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { pythonWith } from './support/python-with-cryptography.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../../..')
const script = join(root, 'scripts/open-envelopes.py')
const vectors = join(import.meta.dirname, 'vectors/envelope.json')

describe('the envelope vectors, opened by an independent program', () => {
  let python: string | undefined
  let missing = ''

  beforeAll(async () => {
    try {
      python = await pythonWith(join(root, 'scripts/open-envelopes.requirements.txt'))
    } catch (error) {
      missing = String(error).split('\n').slice(0, 3).join(' ')
      // On a developer's machine Python is not required; in CI its absence is a failure.
      if (process.env.CI === 'true') throw error
    }
  }, 300_000)

  it('opens all of them and refuses everything altered', async ({ skip }) => {
    if (python === undefined) {
      return skip(`Python 3 with pip and venv is needed (apt-get install python3-venv): ${missing}`)
    }
    const { stdout } = await run(python, [script, vectors])
    expect(stdout).toMatch(/^9 opened, \d{4,} refused\n$/)
  }, 120_000)
})
