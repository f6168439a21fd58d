import { abortable, HoldfastError, Secret, throwIfAborted } from '@holdfast/contracts'
import type { CreateOptions } from '@holdfast/contracts/resources'
import type { FakeResourceAdapter } from '@holdfast/testkit'
import type { SpoilAdapter, SpoilFixture } from './fake-adapter-harness.ts'

/** A resource adapter that is sound but for one defect, and the cases of the suite that find it: these and no others. */
export interface BrokenAdapter {
  readonly defect: string
  /** How the names of the cases begin. */
  readonly foundBy: readonly string[]
  /** Whether it is shown to these cases alone, because it does harm to whoever runs it. */
  readonly isHarmful?: boolean
  readonly spoil?: SpoilAdapter
  readonly spoilFixture?: SpoilFixture
}

const never = (): Promise<never> => new Promise(() => {})
const site = { source: 'fake-adapter', operation: 'create' }
const unheard = (): AbortSignal => new AbortController().signal

const failure = (
  code: 'CANCELLED' | 'INTERNAL' | 'PERMISSION_DENIED' | 'UNAVAILABLE',
  operation: string,
  message = 'No.',
) => new HoldfastError({ code, source: 'fake-adapter', operation, message, hint: 'Try something else.' })

/** A create whose failures are changed. */
const failingWith =
  (change: (error: unknown, options: CreateOptions) => unknown): SpoilAdapter =>
  (sound) => ({
    ...sound,
    create: (options) =>
      sound.create(options).catch((error: unknown) => {
        throw change(error, options)
      }),
  })

/** Does it with what was made, once it was made. */
const afterCreate =
  (
    change: (resource: Awaited<ReturnType<FakeResourceAdapter['create']>>, options: CreateOptions) => void,
  ): SpoilAdapter =>
  (sound) => ({
    ...sound,
    async create(options) {
      const resource = await sound.create(options)
      change(resource, options)
      return resource
    },
  })

/** Every broken adapter: the proof that each case of the suite can fail, and finds what its name says. */
export const brokenAdapters: readonly BrokenAdapter[] = [
  { defect: 'has no name', foundBy: ['description', 'pool: '], spoil: (sound) => ({ ...sound, name: '' }) },
  {
    defect: 'keeps a password where it can be seen',
    foundBy: ['description'],
    spoil: (sound) => ({ ...sound, url: 'tcp://me:planted-right-password@host' }),
  },
  {
    defect: 'gives what works once',
    foundBy: [
      'create: gives',
      'reset: leaves',
      'reset: takes back',
      'isBroken: says no to a st',
      'isolates',
      'destroy: frees what',
      'pool: serves',
      'pool: the next',
    ],
    spoil: afterCreate((resource) => resource.break(1)),
  },
  {
    defect: 'gives the same to those who ask at the same time',
    foundBy: ['create: each is its own'],
    spoil(sound) {
      let running: ReturnType<typeof sound.create> | undefined
      return {
        ...sound,
        create(options) {
          running ??= sound.create(options).finally(() => {
            running = undefined
          })
          return running
        },
      }
    },
  },
  {
    defect: 'leaves a listener on the signal of create',
    foundBy: ['create: has let go'],
    spoil: afterCreate((_resource, { signal }) => signal.addEventListener('abort', () => {})),
  },
  {
    defect: 'does not say that it may be reached later',
    foundBy: ['create: an other side'],
    spoil: failingWith((error) => (HoldfastError.is(error, 'UNAVAILABLE') ? failure('INTERNAL', 'create') : error)),
  },
  {
    defect: 'hands the client’s own error on',
    foundBy: ['create: an other side'],
    spoil: failingWith((error) =>
      HoldfastError.is(error, 'UNAVAILABLE') ? new Error('ECONNREFUSED 127.0.0.1:5432') : error,
    ),
  },
  {
    defect: 'has no listener for errors of its connection',
    foundBy: ['idle: '],
    isHarmful: true,
    spoilFixture: (sound) => ({
      ...sound,
      async breakResource(resource) {
        resource.break()
        setImmediate(() => {
          throw new Error('read ECONNRESET')
        })
      },
    }),
  },
  {
    defect: 'loses a promise that its connection breaks',
    foundBy: ['idle: '],
    isHarmful: true,
    spoilFixture: (sound) => ({
      ...sound,
      async breakResource(resource) {
        resource.break()
        void Promise.reject(new Error('read ECONNRESET'))
      },
    }),
  },
  {
    defect: 'leaves a listener on the signal of validate',
    foundBy: ['signals: '],
    spoil: (sound) => ({
      ...sound,
      async validate(resource, options) {
        options.signal?.addEventListener('abort', () => {})
        return (await sound.validate?.(resource, options)) === true
      },
    }),
  },
  {
    defect: 'connects though its signal is aborted already',
    foundBy: ['create: rejects with CANCELLED', 'create: an error of ours'],
    spoil: (sound) => ({
      ...sound,
      create: (options) => sound.create(options.signal.aborted ? { ...options, signal: unheard() } : options),
    }),
  },
  {
    defect: 'takes a timeout for a cancellation',
    foundBy: ['create: rejects with CANCELLED'],
    spoil: failingWith((error, { signal }) =>
      HoldfastError.is(error, 'TIMEOUT') && error !== signal.reason ? failure('CANCELLED', 'create') : error,
    ),
  },
  {
    defect: 'says CANCELLED whatever it was aborted with',
    foundBy: ['create: an error of ours'],
    spoil: failingWith((error, { signal }) => (error === signal.reason ? failure('CANCELLED', 'create') : error)),
  },
  {
    defect: 'abandons a create that is aborted, which goes on',
    foundBy: ['create: aborted at any moment'],
    spoil: (sound) => ({
      ...sound,
      async create(options) {
        throwIfAborted(options.signal, site)
        return abortable(sound.create({ ...options, signal: unheard() }), options.signal, site)
      },
    }),
  },
  {
    defect: 'waits for a silent other side whatever its signal says',
    foundBy: ['create: rejects at once'],
    spoil: (sound, otherSide) => ({
      ...sound,
      create: (options) => (otherSide.isStalled ? never() : sound.create(options)),
    }),
  },
  {
    defect: 'leaves its socket open when a silent other side is given up',
    foundBy: ['create: rejects at once'],
    spoil: (sound, otherSide) => ({
      ...sound,
      async create(options) {
        if (otherSide.isStalled) otherSide.leaked += 1
        return sound.create(options)
      },
    }),
  },
  {
    defect: 'calls wrong credentials a lack of permission',
    foundBy: ['credentials: ', 'pool: goes on'],
    spoil: failingWith((error) =>
      HoldfastError.is(error, 'UNAUTHENTICATED') ? failure('PERMISSION_DENIED', 'create') : error,
    ),
  },
  {
    defect: 'quotes the password that was refused',
    foundBy: ['credentials: wrong', 'credentials: each'],
    spoil: failingWith((error, { credentials }) =>
      credentials.login?.version === 'wrong'
        ? new HoldfastError({
            code: 'UNAUTHENTICATED',
            ...site,
            message: 'Nobody is called planted-wrong-password.',
            hint: 'Try another.',
          })
        : error,
    ),
  },
  {
    defect: 'leaves its socket open when its credentials are refused',
    foundBy: ['credentials: ', 'pool: goes on'],
    spoil: (sound, otherSide) =>
      failingWith((error) => {
        if (HoldfastError.is(error, 'UNAUTHENTICATED')) otherSide.leaked += 1
        return error
      })(sound, otherSide),
  },
  {
    defect: 'keeps the credentials of its first create',
    foundBy: ['credentials: each', 'pool: goes on'],
    spoil(sound) {
      let first: CreateOptions['credentials'] | undefined
      return {
        ...sound,
        create(options) {
          first ??= options.credentials
          return sound.create({ ...options, credentials: first })
        },
      }
    },
  },
  {
    defect: 'has credentials of its own for those who bring none',
    foundBy: ['credentials: where none'],
    spoil: (sound) => ({
      ...sound,
      create: (options) =>
        sound.create({
          ...options,
          credentials: { login: { value: new Secret('own'), version: 'right' }, ...options.credentials },
        }),
    }),
  },
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
        throwIfAborted(options.signal, { ...site, operation: 'destroy' })
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
          ? abortable(never(), options.signal, { ...site, operation: 'destroy' })
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

const down = {
  status: 'down',
  reason: 'It does not answer.',
  latencyMs: 0,
  checkedAt: '2026-01-01T00:00:00.000Z',
} as const
