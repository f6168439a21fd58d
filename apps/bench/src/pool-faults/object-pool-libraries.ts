import { createPool as createGenericPool } from 'generic-pool'
import { createPool as createLightningPool } from 'lightning-pool'
import { Pool as SequelizePool } from 'sequelize-pool'
import { Pool as TarnPool } from 'tarn'
import type { Held, ProbedLibrary } from './probed-pool.ts'
import { slowCheck } from './slow-check.ts'

const notOffered = 'not offered'
/** What none of them has. */
const lacks = { 'leak detection': notOffered, 'lifetime jitter': notOffered } as const

/** An object that no pool has made. */
const foreign = (): object => ({ isForeign: true })

/** A resource with the pool's own way to give it back. */
const heldOf = (resource: object, release: (resource: object) => unknown): Held => ({
  resource,
  release: () => release(resource),
})

const genericPool: ProbedLibrary = {
  name: 'generic-pool',
  lacks: { ...lacks, abort: notOffered, resize: notOffered },
  async open({ maxSize, script, acquireTimeoutMs, checked }) {
    const pool = createGenericPool<object>(
      {
        create: () => script.create(),
        destroy: async () => {},
        ...(checked === undefined ? {} : { validate: () => slowCheck(checked) }),
      },
      {
        max: maxSize,
        testOnBorrow: checked !== undefined,
        ...(acquireTimeoutMs === undefined ? {} : { acquireTimeoutMillis: acquireTimeoutMs }),
      },
    )
    const release = (resource: object): unknown => pool.release(resource)
    return {
      acquire: () => pool.acquire().then((resource) => heldOf(resource, release)),
      releaseForeign: () => release(foreign()),
      close: () => pool.drain().then(() => pool.clear()),
    }
  },
}

const tarn: ProbedLibrary = {
  name: 'tarn',
  lacks: { ...lacks, resize: notOffered },
  async open({ maxSize, script, acquireTimeoutMs, createTimeoutMs, checked }) {
    const pool = new TarnPool<object>({
      create: () => script.create(),
      destroy: () => {},
      // Its types say boolean, its documentation that a promise will do.
      validate: (() => (checked === undefined ? true : slowCheck(checked))) as () => boolean,
      min: 0,
      max: maxSize,
      ...(acquireTimeoutMs === undefined ? {} : { acquireTimeoutMillis: acquireTimeoutMs }),
      ...(createTimeoutMs === undefined ? {} : { createTimeoutMillis: createTimeoutMs }),
    })
    const release = (resource: object): unknown => pool.release(resource)
    return {
      acquire: (signal) => {
        const pending = pool.acquire()
        signal?.addEventListener('abort', () => pending.abort())
        return pending.promise.then((resource) => heldOf(resource, release))
      },
      releaseForeign: () => release(foreign()),
      close: () => pool.destroy(),
    }
  },
}

const lightningPool: ProbedLibrary = {
  name: 'lightning-pool',
  lacks: { ...lacks, abort: notOffered },
  async open({ maxSize, script, acquireTimeoutMs, checked }) {
    const pool = createLightningPool<object>(
      {
        create: () => script.create(),
        destroy: async () => {},
        ...(checked === undefined ? {} : { validate: () => slowCheck(checked).then(requireTrue) }),
      },
      {
        max: maxSize,
        validation: checked !== undefined,
        ...(acquireTimeoutMs === undefined ? {} : { acquireTimeoutMillis: acquireTimeoutMs }),
      },
    )
    pool.start()
    const release = (resource: object): unknown => pool.releaseAsync(resource)
    return {
      acquire: () => pool.acquire().then((resource) => heldOf(resource, release)),
      releaseForeign: () => release(foreign()),
      close: () => pool.closeAsync(200),
      resize: (size) => {
        pool.options.max = size
      },
    }
  },
}

const sequelizePool: ProbedLibrary = {
  name: 'sequelize-pool',
  lacks: { ...lacks, abort: notOffered, resize: notOffered },
  async open({ maxSize, script, acquireTimeoutMs, checked }) {
    const pool = new SequelizePool<object>({
      create: () => script.create(),
      destroy: () => {},
      // It can only be asked something that is known at once.
      validate: () => checked?.isGood ?? true,
      min: 0,
      max: maxSize,
      ...(acquireTimeoutMs === undefined ? {} : { acquireTimeoutMillis: acquireTimeoutMs }),
    })
    const release = (resource: object): unknown => pool.release(resource)
    return {
      acquire: () => pool.acquire().then((resource) => heldOf(resource, release)),
      releaseForeign: () => release(foreign()),
      close: () => pool.drain().then(() => pool.destroyAllNow()),
    }
  },
}

const requireTrue = (isGood: boolean): boolean => {
  if (!isGood) throw new Error('not valid')
  return true
}

/** The pools of npm that can be given any resource. */
export const objectPoolLibraries = { genericPool, tarn, lightningPool, sequelizePool } as const
