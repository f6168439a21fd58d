import { type Clock, HoldfastError, type Logger } from '@holdfast/contracts'
import type { ResourceAdapter } from '@holdfast/contracts/resources'
import { boundedCall, type RunningCall } from '../bounded-call.ts'
import { adapterTimeoutError, source, toHoldfastError } from '../pool-errors.ts'
import type { Credentials } from '../read-credentials.ts'

/** How long the end of a probe may take, in milliseconds: the default of a pool's `destroyTimeoutMs`. */
const destroyTimeoutMs = 2000

/** What {@link probeCredentials} works with. */
export interface ProbeOptions {
  readonly resource: string
  readonly clock: Clock
  readonly logger: Logger
  readonly timeoutMs: number
  /** Where its calls are found while they run. */
  readonly running: Set<RunningCall>
}

/**
 * Makes one resource with these credentials, has it validated and ends it: one connection more than the pool has, for a moment.
 * Rejects when it cannot be made or does not work. What comes too late is ended as well.
 */
export const probeCredentials = async <T>(
  adapter: ResourceAdapter<T>,
  credentials: Credentials,
  { resource, clock, logger, timeoutMs, running }: ProbeOptions,
): Promise<void> => {
  const startedAt = clock.monotonicNow()
  const end = async (probe: T): Promise<void> => {
    try {
      await boundedCall((options) => adapter.destroy(probe, options), {
        clock,
        timeoutMs: destroyTimeoutMs,
        timeoutError: () => adapterTimeoutError('destroy', resource, destroyTimeoutMs),
        running: new Set(),
        keepAlive: true,
      })
    } catch (error) {
      const { code } = toHoldfastError(error, 'destroy', resource)
      logger.warn({ resource, code }, 'a probe of new credentials could not be destroyed and was let go of')
    }
  }
  const within = <R>(operation: string, work: Parameters<typeof boundedCall<R>>[0], onLate?: (late: R) => void) =>
    boundedCall(work, {
      clock,
      timeoutMs: Math.max(0, startedAt + timeoutMs - clock.monotonicNow()),
      timeoutError: () => adapterTimeoutError(operation, resource, timeoutMs),
      running,
      onLate,
    }).catch((error: unknown) => {
      throw toHoldfastError(error, operation, resource)
    })

  const probe = await within(
    'create',
    (options) => adapter.create({ ...options, credentials }),
    (late) => void end(late),
  )
  try {
    const { validate } = adapter
    if (validate === undefined) return
    const works = await within('validate', (options) => validate.call(adapter, probe, options))
    if (works !== true) throw invalidError(resource)
  } finally {
    // Not waited for: a server that is slow to say goodbye does not hold new leases back.
    void end(probe)
  }
}

const invalidError = (resource: string): HoldfastError =>
  new HoldfastError({
    code: 'UNAVAILABLE',
    source,
    operation: 'rotate',
    message: `A resource of ${resource} was made with new credentials, and then found not to work.`,
    hint: 'Look at what its validate asks for: the new user may lack a permission.',
  })
