import type { Clock } from '@holdfast/contracts'
import type { CreateOptions, ResourceAdapter } from '@holdfast/contracts/resources'

/** A resource that notices what is done to it. */
export interface FakeResource {
  readonly number: number
  isAlive: boolean
  resets: number
  destroys: number
}

/** An adapter whose every step can be made to take time, to fail or to hang. */
export interface FakeAdapter extends ResourceAdapter<FakeResource> {
  readonly created: readonly FakeResource[]
  readonly destroyed: readonly FakeResource[]
  /** What each create was given. */
  readonly createOptions: readonly CreateOptions[]
  /** Creates that have begun and not ended. */
  readonly creating: number
  readonly validations: number
}

/** What a {@link FakeAdapter} does; absent: what is asked of it, at once. */
export interface FakeAdapterOptions {
  readonly clock?: Clock
  readonly createMs?: number
  readonly destroyMs?: number
  readonly validateMs?: number
  /** Runs before each create; its number begins at 1. */
  readonly onCreate?: (number: number, options: CreateOptions) => Promise<void> | void
  readonly onValidate?: (resource: FakeResource) => Promise<boolean> | boolean
  readonly onReset?: (resource: FakeResource) => Promise<void> | void
  readonly onDestroy?: (resource: FakeResource) => Promise<void> | void
  readonly isBroken?: (error: unknown) => boolean
}

/** Never settles. */
export const hangs = (): Promise<never> => new Promise(() => {})

/** Makes a {@link FakeAdapter}; `validate` and `reset` are there only if they are asked for. */
export const createFakeAdapter = (options: FakeAdapterOptions = {}): FakeAdapter => {
  const { clock, createMs = 0, destroyMs = 0, validateMs = 0, onCreate, onValidate, onReset, onDestroy } = options
  const created: FakeResource[] = []
  const destroyed: FakeResource[] = []
  const createOptions: CreateOptions[] = []
  let creating = 0
  let validations = 0
  const wait = (delayMs: number): Promise<void> =>
    delayMs === 0 || clock === undefined
      ? Promise.resolve()
      : new Promise((resolve) => void clock.setTimer(() => resolve(), delayMs))
  return {
    name: 'fake',
    created,
    destroyed,
    createOptions,
    get creating() {
      return creating
    },
    get validations() {
      return validations
    },
    async create(given) {
      const number = createOptions.push(given)
      creating += 1
      try {
        await wait(createMs)
        await onCreate?.(number, given)
        const resource: FakeResource = { number, isAlive: true, resets: 0, destroys: 0 }
        created.push(resource)
        return resource
      } finally {
        creating -= 1
      }
    },
    async destroy(resource) {
      resource.destroys += 1
      resource.isAlive = false
      destroyed.push(resource)
      await wait(destroyMs)
      await onDestroy?.(resource)
    },
    ...(onValidate === undefined
      ? {}
      : {
          async validate(resource: FakeResource) {
            validations += 1
            await wait(validateMs)
            return onValidate(resource)
          },
        }),
    ...(onReset === undefined
      ? {}
      : {
          async reset(resource: FakeResource) {
            resource.resets += 1
            await onReset(resource)
          },
        }),
    ...(options.isBroken === undefined ? {} : { isBroken: options.isBroken }),
  }
}
