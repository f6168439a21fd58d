import { HoldfastError } from '@holdfast/contracts'
import type { BrokenAdapter } from './broken-adapter.ts'
import { failure } from './failure.ts'
import { never } from './never.ts'

/** Adapters that are wrong about a resource: whether it works, whether it is clean, how it is. */
export const brokenProbes: readonly BrokenAdapter[] = [
  {
    defect: 'says yes once, and then no',
    foundBy: ['validate: says true'],
    spoil: (sound) => ({
      ...sound,
      validate: async (resource, options) =>
        (await sound.validate?.(resource, options)) === true && resource.validations === 1,
    }),
  },
  {
    defect: 'takes broken resources for good ones',
    foundBy: ['validate: says false', 'reset: rejects with an error'],
    spoil: (sound) => ({
      ...sound,
      validate: async (resource, options) =>
        (await sound.validate?.(resource, options)) === true || resource.state === 'broken',
    }),
  },
  {
    defect: 'hands the client’s own error on from validate',
    foundBy: ['validate: says false'],
    spoil: (sound) => ({
      ...sound,
      async validate(resource, options) {
        if (resource.state === 'broken') throw new Error('This socket has been ended')
        return (await sound.validate?.(resource, options)) === true
      },
    }),
  },
  {
    defect: 'says false of what it was not asked to the end',
    foundBy: ['validate: rejects with CANCELLED', 'validate: rejects at once'],
    spoil: (sound) => ({
      ...sound,
      validate: (resource, options) =>
        Promise.resolve(sound.validate?.(resource, options)).then(
          (works) => works === true,
          () => false,
        ),
    }),
  },
  {
    defect: 'takes silence for yes',
    foundBy: ['validate: rejects at once'],
    spoil: (sound, otherSide) => ({
      ...sound,
      validate: async (resource, options) =>
        otherSide.isStalled || (await sound.validate?.(resource, options)) === true,
    }),
  },
  {
    defect: 'can be reset twice',
    foundBy: ['reset: leaves', 'pool: serves'],
    spoil: (sound) => ({
      ...sound,
      async reset(resource, options) {
        if (resource.resets === 2) throw failure('INTERNAL', 'reset')
        await sound.reset?.(resource, options)
      },
    }),
  },
  {
    defect: 'takes back only what it knows',
    foundBy: ['reset: takes back', 'isolates', 'pool: the next'],
    spoil: (sound) => ({
      ...sound,
      async reset(resource, { signal }) {
        const role = resource.session.get('role')
        await sound.reset?.(resource, { signal })
        if (role !== undefined) resource.session.set('role', role)
      },
    }),
  },
  {
    defect: 'hands the client’s own error on from reset',
    foundBy: ['reset: rejects with an error'],
    spoil: (sound) => ({
      ...sound,
      async reset(resource, options) {
        if (resource.state === 'broken') throw new Error('This socket has been ended')
        await sound.reset?.(resource, options)
      },
    }),
  },
  {
    defect: 'claims isolation and takes back one thing at a time',
    foundBy: ['isolates'],
    spoil: (sound) => ({
      ...sound,
      async reset(resource, options) {
        const [, ...others] = resource.session
        await sound.reset?.(resource, options)
        for (const [stain, value] of others) resource.session.set(stain, value)
      },
    }),
  },
  {
    defect: 'claims isolation that its harness does not prove',
    foundBy: ['isolates'],
    spoilFixture: ({ stains, ...fixture }) => fixture,
  },
  {
    defect: 'resets though its signal is aborted already',
    foundBy: ['reset: rejects with CANCELLED'],
    spoil: (sound) => ({
      ...sound,
      reset: async (resource, options) => (options.signal?.aborted ? undefined : sound.reset?.(resource, options)),
    }),
  },
  {
    defect: 'waits for a silent other side in reset',
    foundBy: ['reset: rejects at once'],
    spoil: (sound, otherSide) => ({
      ...sound,
      reset: async (resource, options) => (otherSide.isStalled ? never() : sound.reset?.(resource, options)),
    }),
  },
  {
    defect: 'does not know the error of a lost connection',
    foundBy: ['isBroken: says yes', 'pool: a resource that breaks'],
    spoil: (sound) => ({ ...sound, isBroken: () => false }),
  },
  {
    defect: 'takes every error of the other side for a lost connection',
    foundBy: ['isBroken: says no to a st'],
    spoil: (sound) => ({ ...sound, isBroken: (error) => HoldfastError.is(error) }),
  },
  {
    defect: 'takes errors of users for lost connections',
    foundBy: ['isBroken: says no to errors'],
    spoil: (sound) => ({
      ...sound,
      isBroken: (error) => error instanceof TypeError || sound.isBroken?.(error) === true,
    }),
  },
  {
    defect: 'fails at errors that have no code',
    foundBy: ['isBroken: says no to errors'],
    spoil: (sound) => ({
      ...sound,
      // Wrong for `undefined`, which is the defect.
      isBroken: (error) => (error as { readonly code: string }).code === 'UNAVAILABLE',
    }),
  },
  {
    defect: 'is never quite well',
    foundBy: ['health: is up'],
    spoil: (sound) => ({
      ...sound,
      async health(resource, options) {
        const report = await sound.health?.(resource, options)
        if (report === undefined || report.status === 'down') return { ...report, ...down }
        return { ...report, status: 'degraded', reason: 'It might be better.' }
      },
    }),
  },
  {
    defect: 'rejects where it is not well',
    foundBy: ['health: is not up'],
    spoil: (sound) => ({
      ...sound,
      async health(resource, options) {
        const report = await sound.health?.(resource, options)
        if (report?.status !== 'up') throw failure('UNAVAILABLE', 'health')
        return report
      },
    }),
  },
  {
    defect: 'probes though its signal is aborted already',
    foundBy: ['health: rejects with CANCELLED'],
    spoil: (sound) => ({
      ...sound,
      health: async (resource, options) =>
        (await sound.health?.(resource, options.signal?.aborted ? {} : options)) ?? down,
    }),
  },
  {
    defect: 'waits for a silent other side in health',
    foundBy: ['health: rejects at once'],
    spoil: (sound, otherSide) => ({
      ...sound,
      health: async (resource, options) =>
        otherSide.isStalled ? never() : ((await sound.health?.(resource, options)) ?? down),
    }),
  },
]

const down = {
  status: 'down',
  reason: 'It does not answer.',
  latencyMs: 0,
  checkedAt: '2026-01-01T00:00:00.000Z',
} as const
