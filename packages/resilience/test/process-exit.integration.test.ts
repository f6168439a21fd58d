import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const index = join(import.meta.dirname, '../src/index.ts')

/** Runs a program that imports the package; answers when the process is gone, with what it wrote. */
const run = async (body: string): Promise<string> => {
  const program = `import { bulkhead, circuitBreaker, rateLimit, retry, standard, timeout } from ${JSON.stringify(index)}\n${body}`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    // A timer that was left behind would hold the process for an hour.
    timeout: 30_000,
  })
  return stdout
}

const hour = 60 * 60 * 1000

describe('leaves no timer that holds the process', () => {
  it.each([
    ['timeout', `timeout({ timeoutMs: ${hour} })`],
    ['standard', `standard({ timeoutMs: ${hour} })`],
    ['bulkhead', `bulkhead({ limit: 1, queue: 9, queueTimeoutMs: ${hour} })`],
    ['retry', `retry({ policy: { baseDelayMs: ${hour}, maxDelayMs: ${2 * hour} } })`],
  ])('%s, when its calls were answered or aborted', async (_, policy) => {
    const stdout = await run(`
      const policy = ${policy}
      const controller = new AbortController()
      const hanging = [1, 2, 3].map(() => policy.execute(() => new Promise(() => {}), { signal: controller.signal }))
      setTimeout(() => controller.abort(), 10)
      const codes = (await Promise.allSettled(hanging)).map(({ reason }) => reason.code)
      console.log(codes.join(), await policy.execute(async () => 'answered'))
    `)
    expect(stdout).toBe('CANCELLED,CANCELLED,CANCELLED answered\n')
  })

  it('retry, when a call is aborted while it waits an hour to try again', async () => {
    const stdout = await run(`
      const policy = retry({ policy: { baseDelayMs: ${hour}, maxDelayMs: ${2 * hour} }, isRetryable: () => true })
      const controller = new AbortController()
      const waiting = policy.execute(() => Promise.reject(new Error('no')), { signal: controller.signal })
      setTimeout(() => controller.abort(), 10)
      console.log(await waiting.catch(({ code }) => code))
    `)
    expect(stdout).toBe('CANCELLED\n')
  })
})
