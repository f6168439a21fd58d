import { HoldfastError } from '@holdfast/contracts'
import type { ResourceAdapter } from '@holdfast/contracts/resources'
import { source } from '../pool-errors.ts'
import type { Factory, GenericPoolOptions } from './generic-pool.ts'

/** The events of generic-pool. */
export type FactoryEvent = 'factoryCreateError' | 'factoryDestroyError'

/** A factory of generic-pool as an adapter of this package; what it fails with is told as it is. */
export const factoryAdapter = <T>(
  factory: Factory<T>,
  { testOnBorrow = false, testOnReturn = false }: GenericPoolOptions,
  tell: (event: FactoryEvent, error: unknown) => void,
): ResourceAdapter<T> => {
  const telling = async <R>(event: FactoryEvent, work: () => Promise<R> | R): Promise<R> => {
    try {
      return await work()
    } catch (error) {
      tell(event, error)
      throw error
    }
  }
  const isValid = async (resource: T): Promise<boolean> => (await factory.validate?.(resource)) === true
  return {
    name: 'generic-pool',
    create: () => telling('factoryCreateError', () => factory.create()),
    destroy: (resource) =>
      telling('factoryDestroyError', async () => {
        await factory.destroy(resource)
      }),
    ...(testOnBorrow ? { validate: isValid } : {}),
    ...(testOnReturn
      ? {
          async reset(resource: T): Promise<void> {
            if (!(await isValid(resource))) throw notValid()
          },
        }
      : {}),
  }
}

const notValid = (): HoldfastError =>
  new HoldfastError({
    code: 'UNAVAILABLE',
    source,
    operation: 'release',
    message: 'The resource that came back is not valid any more.',
    hint: 'It is destroyed, and another one made when it is needed.',
  })
