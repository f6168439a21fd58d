import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Verdict } from './fault.ts'
import { faults } from './faults.ts'
import { formatTable } from './format-table.ts'
import { holdfastLibrary } from './holdfast-library.ts'
import { probeFault } from './probe-fault.ts'
import type { ProbedLibrary } from './probed-pool.ts'

/** Everything that a pool can do wrong: it lends whatever is given back, tries again at once, and waits for ever. */
const careless: ProbedLibrary = {
  name: 'careless',
  lacks: {},
  async open({ maxSize, script, checked, acquireTimeoutMs = 60_000 }) {
    const free: object[] = []
    const waiting: ((resource: object) => void)[] = []
    let places = maxSize
    const give = (resource: object): void => {
      // Who comes now is served before who waits, who may have gone.
      free.push(resource)
      setTimeout(() => {
        const next = waiting.shift()
        const first = next === undefined ? undefined : free.shift()
        if (first !== undefined) next?.(first)
      }, 0)
    }
    const make = async (): Promise<object> => {
      for (;;) {
        try {
          return await script.create()
        } catch {
          // Again.
        }
      }
    }
    const find = async (): Promise<object> => {
      while (checked?.isGood === false) await new Promise((resolve) => setTimeout(resolve, 100))
      const resource = free.shift()
      if (resource !== undefined) return resource
      if (places === 0) {
        return new Promise((resolve, reject) => {
          waiting.push(resolve)
          setTimeout(() => reject(new Error('too late')), acquireTimeoutMs).unref()
        })
      }
      places -= 1
      // As it comes about when nobody thinks of it: what throws at once keeps its place.
      return script.attempts < 2 && maxSize === 2 ? script.create() : make()
    }
    return {
      async acquire() {
        const resource = await find()
        return { resource, release: () => give(resource) }
      },
      releaseForeign: () => free.unshift({ isForeign: true }),
      close: () => new Promise(() => {}),
    }
  },
}

describe('our pool takes every fault well', () => {
  it.concurrent.each(faults)('$name', { timeout: 60_000 }, async (fault) => {
    expect(await probeFault(fault, holdfastLibrary)).toMatchObject({ kind: 'right' })
  })
})

describe('a careless pool is found wrong', () => {
  /** Those that need not be got wrong to have none of it. */
  const kept = 'a create nobody waits for any more'
  it.concurrent.each(faults.filter(({ name }) => name !== kept))('$name', { timeout: 60_000 }, async (fault) => {
    expect((await probeFault(fault, careless)).kind).not.toBe('right')
  })
})

describe('the table', () => {
  it('has a row for each fault, and says what happened', () => {
    const [fault] = faults
    if (fault === undefined) throw new Error('There is no fault.')
    const verdicts = new Map<string, Verdict>([
      ['ours', { kind: 'right', what: '' }],
      ['theirs', { kind: 'wrong', what: 'hangs' }],
      ['others', { kind: 'not tried', what: 'creates' }],
    ])
    const lines = formatTable([{ fault, verdicts }], ['ours', 'theirs', 'others'])
    expect(lines[2]).toBe(`| ${fault.name} | ${fault.right} | right | **WRONG** | – |`)
    expect(lines.slice(4)).toEqual([`- ${fault.name}, theirs: WRONG: hangs`])
  })

  it('is printed by the script, which exits with 0 when ours is right and with 2 when there is nothing to try', () => {
    const run = (...args: readonly string[]) =>
      spawnSync(process.execPath, [join(import.meta.dirname, '../pool-faults.ts'), ...args], { encoding: 'utf8' })
    const tried = run('--library', 'holdfast', '--library', 'generic-pool', '--fault', 'stale second')
    expect(tried.stdout).toMatch(/stale second release \|.*\| right \| \*\*WRONG\*\*/)
    expect(tried.stdout).toContain('generic-pool 3.')
    expect(tried.stdout).toContain('holdfast is right in 1 of 1')
    expect(tried.status).toBe(0)
    expect(run('--library', 'none').status).toBe(2)
  })
})
