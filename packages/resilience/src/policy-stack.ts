import type { CallOptions } from '@holdfast/contracts'
import type { PolicyParts } from './create-policy.ts'
import { executeWithDeadline } from './deadline-call.ts'
import type { StreamCall } from './stream-call.ts'

/** Policies around one another, from the outside in. */
export interface PolicyStack extends PolicyParts {
  readonly inside: PolicyStack | undefined
}

/** Puts a policy around others. A timeout around a retry around a circuit breaker runs in one piece, which costs less. */
export const putAround = (outer: PolicyParts, inside?: PolicyStack): PolicyStack => {
  const { deadline } = outer
  const decider = inside?.decider
  const breaker = inside?.inside
  const circuits = breaker?.circuits
  if (!deadline || !decider || !circuits) return { ...outer, inside }
  const streams: PolicyStack = { ...outer, inside: { ...inside, inside: { ...breaker, inside: undefined } } }
  return {
    execute: executeWithDeadline({ ...deadline, attempts: { decider, circuits } }),
    openStream: (call) => openStacked(streams, call),
    inside: breaker.inside,
  }
}

/** Opens a stream inside all policies of a stack. */
export const openStacked = ({ openStream, inside }: PolicyStack, call: StreamCall): AsyncIterable<unknown> => {
  if (inside === undefined) return openStream === undefined ? call.open(call.options) : openStream(call)
  const open = (options: CallOptions | undefined): AsyncIterable<unknown> => openStacked(inside, { ...call, options })
  return openStream === undefined ? open(call.options) : openStream({ ...call, open })
}
