import { createHash } from 'node:crypto'
import {
  abortable,
  type Clock,
  type Closeable,
  createCloser,
  createEventHub,
  type Logger,
  type Metrics,
  parseOptions,
  silentLogger,
  systemClock,
  type Timer,
  throwIfAborted,
  toTimestamp,
} from '@holdfast/contracts'
import type { CredentialSource, ResolvedCredential, SourceChange } from '@holdfast/contracts/credentials'
import { source, toHoldfastError } from '../errors.ts'
import { createVaultClient } from '../vault-client.ts'
import { completed, vaultConnectionOptionsFromEnvironment } from '../vault-storage-options-from-environment.ts'
import { type DatabaseCredentialSourceOptions, databaseCredentialSourceOptionsSchema } from './database-options.ts'
import { createLeaseRequests, type DatabaseCredential, type Lease, type LeaseRequests } from './lease-requests.ts'

/** Credentials of a database that Vault makes when they are asked for, and removes when nobody needs them any more. */
export interface DatabaseCredentialSource extends CredentialSource<DatabaseCredential>, Closeable {
  /** Tells after each exchange of the credential: its lease could not be made any longer. */
  watch(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<SourceChange>
}

interface SourceEvents {
  readonly 'credential.changed': SourceChange
}

/** A lease that is in use. */
interface HeldLease extends Lease {
  readonly resolved: ResolvedCredential<DatabaseCredential>
  readonly createdAtMs: number
  /** Made for somebody who wanted another than the one before. */
  readonly isFresh: boolean
  endsAtMs: number
}

/** A fresh user answers those who want one this soon after, in milliseconds: a pool whose connections are all refused asks once for each. */
const freshPauseMs = 1000
/** No two attempts in the background come sooner after each other, in milliseconds. */
const shortestDelayMs = 1000
/** When the lease has ended because the server could not be reached, it is asked again after this long, in milliseconds. */
const expiredDelayMs = 30_000
/** Longest that closing waits for the users to be removed, in milliseconds. */
const revocationTimeoutMs = 2000

/**
 * Makes a {@link DatabaseCredentialSource}. The first `retrieve` has a user made; its lease is renewed at half of its life,
 * in the background, and when it can be renewed no further another user is made, which watches are told of. The user before
 * lives until its lease ends, so that connections can go over. `close` removes them all.
 * Errors: INVALID_ARGUMENT with every problem of the options.
 */
export const createDatabaseCredentialSource = (options: DatabaseCredentialSourceOptions): DatabaseCredentialSource => {
  const given = completed(vaultConnectionOptionsFromEnvironment, options)
  const parsed = parseOptions(databaseCredentialSourceOptionsSchema, given, source, 'createDatabaseCredentialSource')
  const { clock = systemClock, logger = silentLogger, metrics, mount, role } = parsed
  const client = createVaultClient(parsed)
  return createSource(createLeaseRequests(client, mount, role), {
    clock,
    logger,
    metrics,
    role,
    release: (expired) => client.close(expired),
  })
}

/** What {@link createSource} works with beside its requests. */
export interface SourceParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics?: Metrics | undefined
  readonly role: string
  /** Runs last when the source is closed. */
  readonly release: (expired: AbortSignal) => Promise<void>
}

/** The source itself, over any requests. */
export const createSource = (
  requests: LeaseRequests,
  { clock, logger, metrics, role, release }: SourceParts,
): DatabaseCredentialSource => {
  const hub = createEventHub<SourceEvents>(logger)
  const renewals = metrics?.counter({
    name: 'holdfast_vault_lease_renewals_total',
    help: 'Renewals of leases of database credentials.',
    labels: ['outcome'],
  })
  const succeeded = renewals?.bind({ outcome: 'succeeded' })
  const failed = renewals?.bind({ outcome: 'failed' })
  const leases = new Set<HeldLease>()
  let current: HeldLease | undefined
  let creating: Promise<HeldLease> | undefined
  let timer: Timer | undefined

  const closer = createCloser({
    source,
    clock,
    async release() {
      timer?.cancel()
      hub.end()
      await revokeAll()
      await release(closer.expired)
    },
  })

  const create = async (operation: string, isFresh: boolean): Promise<HeldLease> => {
    const lease = await requests.create(operation, closer.expired)
    const held: HeldLease = {
      ...lease,
      resolved: {
        value: lease.value,
        version: createHash('sha256').update(lease.id).digest('base64url').slice(0, 22),
        expiresAt: toTimestamp(clock.wallNow() + lease.leftMs),
      },
      createdAtMs: clock.monotonicNow(),
      isFresh,
      endsAtMs: clock.monotonicNow() + lease.leftMs,
    }
    leases.add(held)
    const isFirst = current === undefined
    current = held
    lookLater()
    if (!isFirst) hub.emit('credential.changed', () => ({ version: held.resolved.version }))
    logger.info({ event: 'lease.created', role, expiresInMs: lease.leftMs }, 'Vault made a user of the database')
    return held
  }
  const createOnce = (operation: string, isFresh = false): Promise<HeldLease> => {
    creating ??= create(operation, isFresh).finally(() => {
      creating = undefined
    })
    return creating
  }

  /** At half of what is left. */
  const lookLater = (): void => {
    timer?.cancel()
    if (current === undefined || closer.isClosed) return
    const leftMs = current.endsAtMs - clock.monotonicNow()
    const delayMs = leftMs > 0 ? Math.max(shortestDelayMs, leftMs / 2) : expiredDelayMs
    timer = clock.setTimer(() => void look(), delayMs)
  }
  const look = async (): Promise<void> => {
    for (const lease of leases) if (lease.endsAtMs <= clock.monotonicNow()) leases.delete(lease)
    try {
      if (current !== undefined && !(await renew(current))) await createOnce('renew')
    } catch (error) {
      const { code, message } = toHoldfastError(error, { operation: 'renew' })
      logger.warn({ event: 'lease.exchange-failed', role, code }, message)
      if (code === 'NOT_FOUND') hub.emit('credential.changed', () => ({}))
    }
    lookLater()
  }
  /** Whether it lives longer now. */
  const renew = async (lease: HeldLease): Promise<boolean> => {
    const leftMs = lease.endsAtMs - clock.monotonicNow()
    if (!lease.isRenewable || leftMs <= 0) return false
    try {
      const renewedMs = await requests.renew(lease, closer.closing)
      lease.endsAtMs = clock.monotonicNow() + renewedMs
      succeeded?.add()
      logger.info({ event: 'lease.renewed', role, expiresInMs: renewedMs }, 'the lease was renewed')
      // The server counts in whole seconds.
      return renewedMs > leftMs + 1000 || (renewedMs >= lease.leftMs && renewedMs > 0)
    } catch (error) {
      failed?.add()
      const { code, message, retryable } = toHoldfastError(error, { operation: 'renew' })
      logger.warn({ event: 'lease.renewal-failed', role, code }, message)
      // One that the server does not know any more is exchanged at once, others are tried again.
      if (retryable) throw error
      return false
    }
  }

  const revokeAll = async (): Promise<void> => {
    const late = new AbortController()
    const limit = clock.setTimer(() => late.abort(), revocationTimeoutMs)
    const signal = AbortSignal.any([late.signal, closer.expired])
    await Promise.all(
      [...leases].map((lease) =>
        requests.revoke(lease, signal).catch((error: unknown) => {
          const { code } = toHoldfastError(error, { operation: 'close' })
          logger.warn({ event: 'lease.revocation-failed', role, code }, 'a lease was not ended; it ends by itself')
        }),
      ),
    )
    limit.cancel()
  }

  const find = (fresh: boolean): HeldLease | undefined => {
    if (current === undefined || current.endsAtMs <= clock.monotonicNow()) return undefined
    const isJustMade = current.isFresh && clock.monotonicNow() - current.createdAtMs < freshPauseMs
    return fresh && !isJustMade ? undefined : current
  }

  return {
    async retrieve({ fresh = false, signal } = {}) {
      const site = { source, operation: 'retrieve' }
      closer.throwIfClosed('retrieve')
      throwIfAborted(signal, site)
      const work = closer.run('retrieve', async () => find(fresh) ?? (await createOnce('retrieve', fresh)))
      const { resolved, endsAtMs } = await abortable(work, signal, site)
      return { ...resolved, expiresAt: toTimestamp(clock.wallNow() + (endsAtMs - clock.monotonicNow())) }
    },
    async *watch({ signal } = {}) {
      closer.throwIfClosed('watch')
      for await (const change of hub.events('credential.changed', { signal })) {
        yield 'dropped' in change ? { ...(current && { version: current.resolved.version }) } : change
      }
    },
    close: (closeOptions) => closer.close(closeOptions),
    [Symbol.asyncDispose]: () => closer.close(),
  }
}
