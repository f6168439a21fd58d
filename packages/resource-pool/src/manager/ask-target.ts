import { type HealthReport, HoldfastError, redactText } from '@holdfast/contracts'
import type { HealthTarget } from './health-target.ts'

/** What a check came to, whatever the probe did: reject, throw, or answer nonsense. Nothing in it is a secret. */
export type HealthAnswer = Pick<HealthReport, 'status' | 'reason'> & { readonly latencyMs?: number | undefined }

const statuses: ReadonlySet<unknown> = new Set(['up', 'degraded', 'down'])

/** Asks a target once. Never rejects; with a probe that hangs it never settles. */
export const askTarget = async (
  target: HealthTarget,
  options: { readonly signal: AbortSignal; readonly deadline: number },
): Promise<HealthAnswer> => {
  try {
    const { status, reason, latencyMs } = await target.probe(options)
    if (!statuses.has(status)) return { status: 'down', reason: 'the check answered without a status' }
    return {
      status,
      ...(reason === undefined ? {} : { reason: redactText(String(reason)) }),
      latencyMs: latencyMs >= 0 ? latencyMs : undefined,
    }
  } catch (error) {
    return { status: 'down', reason: reasonOf(error) }
  }
}

/** Messages of errors that are not ours may hold anything; they are left out. */
const reasonOf = (error: unknown): string => {
  if (HoldfastError.is(error)) return redactText(`${error.code}: ${error.message}`)
  return `the check threw ${error instanceof Error ? error.name : typeof error}`
}
