import { abortable, throwIfAborted } from '@holdfast/contracts'
import type { BrokenAdapter } from './broken-adapter.ts'
import { failure } from './failure.ts'
import { never } from './never.ts'

/** Adapters that end resources wrongly, and such as only a pool finds. */
export const brokenDestroys: readonly BrokenAdapter[] = [
  {
    defect: 'ends what others have with the one that is destroyed',
    foundBy: ['destroy: frees what'],
    spoil: (sound) => ({
      ...sound,
      async destroy(resource, options) {
        for (const each of sound.created) each.break()
        await sound.destroy(resource, options)
      },
    }),
  },
  {
    defect: 'rejects where it has to end what is broken',
    foundBy: ['destroy: resolves'],
    spoil: (sound) => ({
      ...sound,
      async destroy(resource, options) {
        const { state } = resource
        await sound.destroy(resource, options)
        if (state === 'broken') throw failure('UNAVAILABLE', 'destroy')
      },
    }),
  },
  {
    defect: 'waits for what a user has left unfinished',
    foundBy: ['destroy: frees the resource'],
    spoil: (sound) => ({
      ...sound,
      destroy: (resource, options) => (resource.session.size > 0 ? never() : sound.destroy(resource, options)),
    }),
  },
  {
    defect: 'lets go of nothing when its signal is aborted already',
    foundBy: ['destroy: lets go'],
    spoil: (sound) => ({
      ...sound,
      async destroy(resource, options) {
        throwIfAborted(options.signal, { source: 'fake-adapter', operation: 'destroy' })
        await sound.destroy(resource, options)
      },
    }),
  },
  {
    defect: 'waits for a silent other side to say goodbye',
    foundBy: ['destroy: ends at once'],
    spoil: (sound, otherSide) => ({
      ...sound,
      destroy: (resource, options) => (otherSide.isStalled ? never() : sound.destroy(resource, options)),
    }),
  },
  {
    defect: 'gives up the connection with the goodbye',
    foundBy: ['destroy: ends at once'],
    spoil: (sound, otherSide) => ({
      ...sound,
      destroy: (resource, options) =>
        otherSide.isStalled
          ? abortable(never(), options.signal, { source: 'fake-adapter', operation: 'destroy' })
          : sound.destroy(resource, options),
    }),
  },
  {
    defect: 'is at a loss when it is given a deadline, as it is by pools',
    foundBy: ['pool: '],
    spoil: (sound) => ({
      ...sound,
      destroy: async (resource, options) =>
        options.deadline === undefined ? sound.destroy(resource, options) : undefined,
    }),
  },
]
