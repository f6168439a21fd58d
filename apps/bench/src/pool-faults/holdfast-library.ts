import { createPool } from '@holdfast/resource-pool'
import type { ProbedLibrary } from './probed-pool.ts'
import { slowCheck } from './slow-check.ts'

/** Our pool, with the defaults where a fault does not ask for a time. */
export const holdfastLibrary: ProbedLibrary = {
  name: 'holdfast',
  lacks: {},
  async open({ maxSize, script, checked, ...times }) {
    const pool = createPool<object>(
      {
        name: 'probed',
        create: () => script.create(),
        destroy: async () => {},
        ...(checked === undefined ? {} : { validate: () => slowCheck(checked) }),
      },
      // With the default of 500 ms nothing would be checked here: all was used a moment ago. Lifetimes are short, so they differ by more.
      { maxSize, validateIdleLongerThanMs: 20, maxLifetimeJitter: 0.5, ...times },
    )
    return {
      acquire: (signal) =>
        pool.acquire({ signal }).then((lease) => ({ resource: lease.resource, release: () => lease.release() })),
      close: () => pool.close({ deadlineMs: 200 }),
      resize: (size) => pool.resize({ maxSize: size }),
      onLeak: (listener) => void pool.on('lease.leaked', ({ site }) => listener(site)),
      onLifeEnded: (listener) => void pool.on('resource.destroyed', listener),
    }
  },
}
