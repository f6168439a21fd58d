import { randomBytes } from 'node:crypto'
import { createFaultFileSystem, type FaultFileSystem, type FileFault, type FileOperation } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { createPlainStorage } from '../../test/support/plain-storage.ts'
import { createKeyring } from '../keyring/create-keyring.ts'
import { keyFile } from '../keyring/key-file.ts'
import { rawKey } from '../keyring/raw-key.ts'
import { createAnchor } from './create-anchor.ts'

const revision = '01K00000000000000000000000'
const seeds = [1, 2, 3]

interface Faults {
  readonly fault?: (operation: FileOperation) => FileFault | undefined
  readonly ignoreSync?: (operation: FileOperation) => boolean
}

/** Something that is done on files, and what must still hold after a crash for what was acknowledged. */
interface Workload {
  run(files: FaultFileSystem): Promise<readonly string[]>
  violations(files: FaultFileSystem, acknowledged: readonly string[]): Promise<readonly string[]>
}

const keyring = createKeyring({
  storage: createPlainStorage(),
  unlock: [rawKey(randomBytes(32))],
  createIfMissing: true,
})

const anchorOn = (files: FaultFileSystem) =>
  createAnchor({ directory: '/anchor', openKeyring: () => keyring.open(), files, maxFiles: 3 })

const anchorWorkload: Workload = {
  async run(files) {
    const acknowledged: string[] = []
    const anchor = anchorOn(files)
    for (let count = 0; count < 9; count++) {
      const id = `id/${count}`
      try {
        await anchor.record({ id, revision })
        acknowledged.push(id)
      } catch {
        // Not acknowledged: it may be there or not.
      }
    }
    return acknowledged
  },
  async violations(files, acknowledged) {
    const anchor = anchorOn(files)
    const lost: string[] = []
    for (const id of acknowledged) {
      const found = await anchor.latestRevision(id).catch((error: unknown) => String(error))
      if (found !== revision) lost.push(`${id}: ${found}`)
    }
    return lost
  },
}

const vaultKey = Buffer.alloc(32, 7)
const associatedData = Buffer.from('slot')

const keyFileWorkload: Workload = {
  async run(files) {
    const acknowledged: string[] = []
    for (let count = 0; count < 2; count++) {
      try {
        const { bytes } = await keyFile('/vault.key', { create: true, files }).wrap(vaultKey, { associatedData })
        acknowledged.push(Buffer.from(bytes).toString('hex'))
      } catch {
        // Not acknowledged: no slot depends on it.
      }
    }
    return acknowledged
  },
  async violations(files, acknowledged) {
    const lost: string[] = []
    for (const wrapped of acknowledged) {
      const slot = { parameters: {}, bytes: Buffer.from(wrapped, 'hex') }
      await keyFile('/vault.key', { files })
        .unwrap(slot, { associatedData })
        .catch((error: unknown) => lost.push(String(error)))
    }
    return lost
  },
}

const run = async (workload: Workload, faults: Faults = {}) => {
  const disk = createFaultFileSystem()
  const files = disk.share(faults)
  return { disk, files, acknowledged: await workload.run(files) }
}

const violationsOfAllCrashes = async (workload: Workload, faults: Faults = {}): Promise<readonly string[]> => {
  const { length } = (await run(workload, faults)).files.operations
  const all: string[] = []
  for (let number = 1; number <= length + 1; number++) {
    const fault = (operation: FileOperation): FileFault | undefined =>
      operation.number === number ? 'stop' : undefined
    const { disk, acknowledged } = await run(workload, { ...faults, fault })
    for (const keep of ['synced', 'everything', ...seeds] as const) {
      const violations = await workload.violations(disk.crash({ keep }), acknowledged)
      all.push(...violations.map((violation) => `stopped at ${number}, kept ${keep}: ${violation}`))
    }
  }
  return all
}

/** The line of this package that asked for the sync. */
const callSite = (): string =>
  new Error().stack
    ?.split('\n')
    .find((frame) => /credential-core\/src\/.*\.ts/.test(frame) && !frame.includes('.test.ts'))
    ?.trim() ?? 'unknown'

describe.each([
  ['the anchor', anchorWorkload, 3],
  ['a key file', keyFileWorkload, 2],
] as const)('%s', (_name, workload, syncs) => {
  it('keeps what was acknowledged when the machine stops at any step', async () => {
    expect((await run(workload)).acknowledged.length).toBeGreaterThan(1)
    expect(await violationsOfAllCrashes(workload)).toEqual([])
  })

  it.each([{ fail: 'EIO' }, { fail: 'ENOSPC' }, { tear: 'EIO' }])('and when any one step does %j', async (failure) => {
    const { length } = (await run(workload)).files.operations
    for (let number = 1; number <= length; number++) {
      const { disk, acknowledged } = await run(workload, {
        fault: (operation) => (operation.number === number ? failure : undefined),
      })
      expect(acknowledged.length).toBeGreaterThan(0)
      for (const keep of ['synced', 'everything', ...seeds] as const) {
        const violations = await workload.violations(disk.crash({ keep }), acknowledged)
        expect(violations, `step ${number}, kept ${keep}`).toEqual([])
      }
    }
  })

  it('needs every one of its syncs', async () => {
    const sites = new Set<string>()
    await run(workload, { ignoreSync: () => sites.add(callSite()) === undefined })
    expect([...sites]).toHaveLength(syncs)
    for (const site of sites) {
      const violations = await violationsOfAllCrashes(workload, { ignoreSync: () => callSite() === site })
      expect(violations, `without the sync at ${site}`).not.toEqual([])
    }
  })
})
