import { HoldfastError, type Tracer } from '@holdfast/contracts'
import { currentContext } from '@holdfast/contracts/context'
import type { AcquireOptions } from '@holdfast/contracts/resources'
import type { PoolCore } from './pool-core.ts'
import type { PoolLease } from './pool-lease.ts'

/** An acquire inside a span that says whether it waited and what it got. */
export const tracedAcquire = async <T>(
  core: PoolCore<T>,
  tracer: Tracer,
  options: AcquireOptions | undefined,
  above: (...args: never[]) => unknown,
): Promise<PoolLease<T>> => {
  const tenant = options?.tenant ?? currentContext()?.tenant
  const span = tracer.startSpan('holdfast.resource.acquire', {
    resource: core.name,
    type: core.type,
    ...(tenant === undefined ? {} : { tenant }),
  })
  const { waiting } = core
  const acquired = core.acquire(options, above)
  const waited = core.waiting > waiting
  try {
    const lease = await acquired
    span.end({ attributes: { 'resource.waited': waited, 'resource.id': lease.id } })
    return lease
  } catch (error) {
    span.end({ code: HoldfastError.is(error) ? error.code : 'INTERNAL', attributes: { 'resource.waited': waited } })
    throw error
  }
}
