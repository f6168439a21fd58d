import assert from 'node:assert/strict'
import type { CredentialSource } from '@holdfast/contracts/credentials'
import type { Pool } from '@holdfast/contracts/resources'
import { within } from '../within.ts'
import { present } from './present.ts'
import type { AdapterCredentials, ResourceAdapterCase, ResourceAdapterSubject } from './resource-adapter-harness.ts'
import { untilOpen } from './until-open.ts'

/** An adapter in the pool it was written for. */
export const adapterPoolCases: readonly ResourceAdapterCase[] = [
  {
    name: 'pool: serves many callers with few resources, and leaves nothing open when it is closed',
    needs: ['createPool'],
    async run(subject) {
      await inPool(subject, 3, sourcesOf(subject.credentials), async (pool) => {
        await Promise.all(Array.from({ length: 20 }, () => pool.use((resource) => subject.use(resource))))
        const { size, creates } = pool.statistics()
        assert.ok(size <= 3 && creates <= 3, `${creates} were made, and ${size} are left`)
      })
    },
  },
  {
    name: 'pool: a resource that breaks in use is not lent again',
    needs: ['createPool', 'breakResource', 'isBroken'],
    async run(subject) {
      await inPool(subject, 1, sourcesOf(subject.credentials), async (pool) => {
        let broken: unknown
        const lost = pool.use(async (resource) => {
          broken = resource
          await present(subject.breakResource, 'breakResource')(resource)
          await subject.use(resource)
        })
        await assert.rejects(lost, 'the work of a user on a broken resource resolved')
        await pool.use(async (resource) => {
          assert.notEqual(resource, broken, 'the broken resource was lent again')
          await subject.use(resource)
        })
        assert.equal(pool.statistics().destroys.broken, 1, 'it was not isBroken that found it')
      })
    },
  },
  {
    name: 'pool: the next user meets nothing of the last one',
    needs: ['createPool', 'reset', 'stains'],
    async run(subject) {
      await inPool(subject, 1, sourcesOf(subject.credentials), async (pool) => {
        for (const { name, soil, isSoiled } of present(subject.stains, 'stains')) {
          await pool.use((resource) => soil(resource))
          assert.equal(await pool.use((resource) => isSoiled(resource)), false, `the next user meets ${name}`)
        }
      })
    },
  },
  {
    name: 'pool: goes on with fresh credentials after the other side has refused those at hand',
    needs: ['createPool', 'wrongCredentials'],
    async run(subject) {
      const stale = present(subject.wrongCredentials, 'wrongCredentials')
      let refused = 0
      const sources = sourcesOf(subject.credentials, (name, fresh) => {
        if (fresh) return undefined
        refused += 1
        return stale[name]
      })
      await inPool(subject, 1, sources, async (pool) => {
        await pool.use((resource) => subject.use(resource))
        assert.ok(refused > 0, 'the pool did not use the credentials at hand')
      })
    },
  },
]

/** Sources that give these credentials, or what `instead` says. */
const sourcesOf = (
  credentials: AdapterCredentials,
  instead: (name: string, fresh: boolean) => AdapterCredentials[string] | undefined = () => undefined,
): Readonly<Record<string, CredentialSource>> =>
  Object.fromEntries(
    Object.entries(credentials).map(([name, credential]): [string, CredentialSource] => [
      name,
      { retrieve: async ({ fresh = false } = {}) => instead(name, fresh) ?? credential },
    ]),
  )

/** Makes a pool, hands it on, closes it, and sees that nothing is left open. */
const inPool = async <T>(
  subject: ResourceAdapterSubject<T>,
  maxSize: number,
  credentials: Readonly<Record<string, CredentialSource>>,
  work: (pool: Pool<T>) => Promise<void>,
): Promise<void> => {
  const { adapter, createPool, open, patienceMs } = subject
  const before = await open()
  const pool = present(createPool, 'createPool')(adapter, { name: 'conformance', maxSize, credentials })
  try {
    await within(work(pool), patienceMs, 'the callers of a pool')
  } finally {
    await pool.close()
  }
  await untilOpen(subject, before, 'after the pool was closed')
}
