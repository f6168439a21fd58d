import { HoldfastError, Secret } from '@holdfast/contracts'
import type { ResourceAdapter } from '@holdfast/contracts/resources'
import {
  type AdapterCredentials,
  createFakeResourceAdapter,
  type FakeResource,
  type FakeResourceAdapter,
  type ResourceAdapterFixture,
  type ResourceAdapterHarness,
} from '@holdfast/testkit'
import { createPool } from '../src/index.ts'

const passwords = { right: 'planted-right-password', wrong: 'planted-wrong-password' }

const credentialsOf = (which: 'right' | 'wrong'): AdapterCredentials => ({
  login: { value: new Secret(passwords[which]), version: which },
})

/** What a deliberate defect is made of: the sound adapter, and what its other side is. */
export interface FakeOtherSide {
  /** Whether it is silent. */
  readonly isStalled: boolean
  /** Resources that are open and that the adapter does not count. */
  leaked: number
}

/** Puts a defect into a sound adapter. */
export type SpoilAdapter = (sound: FakeResourceAdapter, otherSide: FakeOtherSide) => ResourceAdapter<FakeResource>

/** Changes what a harness gives. */
export type SpoilFixture = (sound: ResourceAdapterFixture<FakeResource>) => ResourceAdapterFixture<FakeResource>

/** A harness of the fake adapter with every method and every hook, whose adapter may be spoilt. */
export const fakeAdapterHarness = (
  name: string,
  spoil: SpoilAdapter = (sound) => sound,
  spoilFixture: SpoilFixture = (sound) => sound,
): ResourceAdapterHarness<FakeResource> => ({
  name,
  async create() {
    const otherSide = { isStalled: false, leaked: 0 }
    const sound = createFakeResourceAdapter({
      methods: ['validate', 'reset', 'isBroken', 'health'],
      isolatesTenants: true,
      createMs: 2,
      faults: () => (otherSide.isStalled ? { kind: 'silent' } : undefined),
      onCreate(_number, { credentials }) {
        if (credentials.login?.version !== 'right') throw refused()
      },
    })
    return spoilFixture({
      adapter: spoil(sound, otherSide),
      open: () => sound.open + otherSide.leaked,
      use: (resource) => resource.use(() => 'done'),
      secrets: Object.values(passwords),
      credentials: credentialsOf('right'),
      wrongCredentials: credentialsOf('wrong'),
      breakResource: async (resource) => resource.break(),
      failStatement: (resource) => resource.fail(),
      stains: ['session variable', 'role'].map((stain) => ({
        name: stain,
        soil: (resource) => resource.use((session) => session.set(stain, 'left')),
        isSoiled: (resource) => resource.use((session) => session.has(stain)),
      })),
      async stall() {
        otherSide.isStalled = true
        return async () => {
          otherSide.isStalled = false
        }
      },
      unreachable: () =>
        spoil(createFakeResourceAdapter({ faults: () => ({ kind: 'reject', error: 'UNAVAILABLE' }) }), otherSide),
      async cleanup() {},
    })
  },
  createPool: (adapter, options) => createPool(adapter, options),
})

const refused = (): HoldfastError =>
  new HoldfastError({
    code: 'UNAUTHENTICATED',
    source: 'fake-adapter',
    operation: 'create',
    message: 'The other side refused the login.',
    hint: 'Give the right one.',
  })
