import { createFaultFileSystem, type FileFault, type FileOperation } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { damageNewest, findViolations, runWorkload } from '../test/durability-workload.ts'

const seeds = [1, 2, 3, 4, 5, 6, 7, 8]

interface Run {
  readonly fault?: (operation: FileOperation) => FileFault | undefined
  readonly ignoreSync?: (operation: FileOperation) => boolean
  readonly keepVersions?: number
}

/** Runs the workload on a disk of its own. */
const run = async ({ fault, ignoreSync, keepVersions }: Run) => {
  const disk = createFaultFileSystem()
  const files = disk.share({
    ...(fault === undefined ? {} : { fault }),
    ...(ignoreSync === undefined ? {} : { ignoreSync }),
  })
  const expectations = await runWorkload(files, (id) => damageNewest(disk, id), keepVersions)
  return { disk, files, expectations }
}

const at = (number: number, fault: FileFault) => (operation: FileOperation) =>
  operation.number === number ? fault : undefined

/** What is wrong after the machine stops at every step in turn, with what was synced, everything and parts in between. */
const violationsOfAllCrashes = async (options: Omit<Run, 'fault'>, stopAtFirst = false): Promise<readonly string[]> => {
  const { length } = (await run(options)).files.operations
  const all: string[] = []
  for (let number = 1; number <= length + 1; number++) {
    const { disk, expectations } = await run({ ...options, fault: at(number, 'stop') })
    for (const keep of ['synced', 'everything', ...seeds] as const) {
      const violations = await findViolations(disk.crash({ keep }), expectations)
      all.push(...violations.map((violation) => `stopped at ${number}, kept ${keep}: ${violation}`))
      if (stopAtFirst && all.length > 0) return all
    }
  }
  return all
}

describe('durability', () => {
  it.each([1, 2, 3])(
    'keeps what was acknowledged when the machine stops at any step, with %i versions kept',
    async (keepVersions) => {
      expect(await violationsOfAllCrashes({ keepVersions })).toEqual([])
    },
  )

  it.each([
    ['fails', { fail: 'EIO' }],
    ['fails for want of space', { fail: 'ENOSPC' }],
    ['takes half effect and fails', { tear: 'EIO' }],
  ] as const)('keeps what was acknowledged when any one step %s', async (_, fault) => {
    const { length } = (await run({})).files.operations
    for (let number = 1; number <= length; number++) {
      const { disk, expectations } = await run({ fault: at(number, fault) })
      for (const keep of ['synced', 'everything', 1, 2] as const) {
        const violations = await findViolations(disk.crash({ keep }), expectations)
        expect(violations, `step ${number}, kept ${keep}`).toEqual([])
      }
    }
  })

  it('needs every one of its syncs', async () => {
    const sites = new Set<string>()
    await run({ ignoreSync: () => sites.add(callSite()) === undefined })
    // Intent, credential folder, its parent, store folder twice, purge twice, quarantine four times.
    expect([...sites]).toHaveLength(11)
    for (const site of sites) {
      const violations = await violationsOfAllCrashes({ ignoreSync: () => callSite() === site }, true)
      expect(violations, `without the sync at ${site}`).not.toEqual([])
    }
  })
})

/** The line of this package that asked for the sync. */
const callSite = (): string => {
  const line = new Error().stack
    ?.split('\n')
    .find((frame) => frame.includes('/storage-local/src/') && !frame.includes('.test.ts'))
  return line?.trim() ?? 'unknown'
}
