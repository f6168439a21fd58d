import { HoldfastError } from '@holdfast/contracts'
import type { CredentialManager } from '@holdfast/credential-core'
import type { Finding } from './finding.ts'

/** How far a record may lie in the future before the clock is suspected: what unsynchronised machines differ by at worst. */
const maxSkewMs = 5 * 60_000

/** Opens every record: which are damaged or were tampered with, and whether the clock of this machine can be right. */
export const checkRecords = async (
  manager: CredentialManager,
  nowMs: number,
  signal: AbortSignal,
  progress: (done: number) => void,
): Promise<readonly Finding[]> => {
  const findings: Finding[] = []
  let readable = 0
  let newestMs = 0
  for await (const { id, metadata } of manager.list({ signal })) {
    newestMs = Math.max(newestMs, Date.parse(metadata?.updatedAt ?? '') || 0)
    try {
      await manager.retrieve(id, { signal, fresh: true, refuseExpired: false })
      readable += 1
      progress(readable)
    } catch (error) {
      if (!HoldfastError.is(error) || error.code === 'CANCELLED') throw error
      if (error.code !== 'NOT_FOUND') findings.push(unreadable(id, error))
    }
  }
  const clock: Finding =
    newestMs - nowMs > maxSkewMs
      ? {
          check: 'clock',
          status: 'warn',
          message: `a record was written ${Math.round((newestMs - nowMs) / 60_000)} minutes in the future`,
          next: 'Set the clock of this machine (or of the one that wrote it): expiry goes by it.',
        }
      : { check: 'clock', status: 'ok', message: `it is ${new Date(nowMs).toISOString()}` }
  const all: Finding = { check: 'records', status: 'ok', message: `${readable} can be opened` }
  return [...(findings.length === 0 ? [all] : findings), clock]
}

const unreadable = (id: string, error: HoldfastError): Finding => ({
  check: 'records',
  status: 'fail',
  message: `${id} cannot be opened (${error.reason ?? error.code})`,
  next:
    error.code === 'DATA_LOSS'
      ? `Go back to the version before: holdfast restore ${id}. Then find out who can write to the store.`
      : error.hint,
})
