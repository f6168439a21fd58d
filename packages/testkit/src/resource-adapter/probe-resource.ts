import type { ResourceAdapter } from '@holdfast/contracts/resources'
import { present } from './present.ts'

/** A method that asks the other side something about one resource. */
export type ProbingMethod = 'validate' | 'reset' | 'health'

/** Calls such a method, which the case has to say it needs. */
export const probeResource = <T>(
  adapter: ResourceAdapter<T>,
  method: ProbingMethod,
  resource: T,
  signal: AbortSignal,
): Promise<unknown> => {
  if (method === 'validate') return present(adapter.validate?.(resource, { signal }), method)
  if (method === 'reset') return present(adapter.reset?.(resource, { signal }), method)
  return present(adapter.health?.(resource, { signal }), method)
}
