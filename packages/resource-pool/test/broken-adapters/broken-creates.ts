import { abortable, HoldfastError, Secret, throwIfAborted } from '@holdfast/contracts'
import type { CreateOptions } from '@holdfast/contracts/resources'
import type { FakeResource } from '@holdfast/testkit'
import type { SpoilAdapter } from '../fake-adapter-harness.ts'
import type { BrokenAdapter } from './broken-adapter.ts'
import { failure } from './failure.ts'
import { never } from './never.ts'

const site = { source: 'fake-adapter', operation: 'create' }
const unheard = (): AbortSignal => new AbortController().signal

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
  (change: (resource: FakeResource, options: CreateOptions) => void): SpoilAdapter =>
  (sound) => ({
    ...sound,
    async create(options) {
      const resource = await sound.create(options)
      change(resource, options)
      return resource
    },
  })

/** Adapters whose creates are wrong, or what they say of themselves. */
export const brokenCreates: readonly BrokenAdapter[] = [
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
]
