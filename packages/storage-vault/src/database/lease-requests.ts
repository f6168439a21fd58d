import { HoldfastError, Secret } from '@holdfast/contracts'
import { source, toHoldfastError } from '../errors.ts'
import type { VaultCall, VaultClient } from '../vault-client.ts'
import { isRefusal } from '../vault-refusal.ts'

/** What a user of a database logs in with. */
export interface DatabaseCredential {
  readonly username: string
  readonly password: string
}

/** A credential that the engine has made, and how long it keeps it. */
export interface Lease {
  readonly id: string
  readonly value: Secret<DatabaseCredential>
  readonly isRenewable: boolean
  readonly leftMs: number
}

/** The requests about leases. They reject with errors of ours. */
export interface LeaseRequests {
  create(operation: string, signal: AbortSignal): Promise<Lease>
  /** Answers what is left afterwards. */
  renew(lease: Lease, signal: AbortSignal): Promise<number>
  /** The engine removes the user from the database. */
  revoke(lease: Lease, signal: AbortSignal): Promise<void>
}

/** Makes {@link LeaseRequests} for a role. */
export const createLeaseRequests = (client: VaultClient, mount: string, role: string): LeaseRequests => {
  const ask = async (call: VaultCall): Promise<unknown> => {
    try {
      return (await client.call(call)).body
    } catch (error) {
      throw isRefusal(error, 400, /unknown role/) ? noSuchRole(call, role, error) : toHoldfastError(error, call)
    }
  }
  const path = `${mount}/creds/${role}`
  return {
    async create(operation, signal) {
      const body = await ask({ method: 'GET', path, operation, id: role, capabilities: ['read'], signal })
      const data: unknown = Reflect.get(Object(body), 'data')
      const username: unknown = Reflect.get(Object(data), 'username')
      const password: unknown = Reflect.get(Object(data), 'password')
      const id: unknown = Reflect.get(Object(body), 'lease_id')
      if (typeof username !== 'string' || typeof password !== 'string' || typeof id !== 'string') {
        throw noCredential(operation, path)
      }
      return {
        id,
        value: new Secret({ username, password }),
        isRenewable: Reflect.get(Object(body), 'renewable') === true,
        leftMs: secondsIn(body) * 1000,
      }
    },
    async renew({ id }, signal) {
      const request = { lease_id: id }
      const site = { operation: 'renew', id: role, path: 'sys/leases/renew', capabilities: ['update'] }
      return secondsIn(await ask({ ...site, method: 'PUT', body: JSON.stringify(request), signal })) * 1000
    },
    async revoke({ id }, signal) {
      const request = { lease_id: id }
      const site = { operation: 'revoke', id: role, path: 'sys/leases/revoke', capabilities: ['update'] }
      await ask({ ...site, method: 'PUT', body: JSON.stringify(request), signal })
    },
  }
}

const secondsIn = (body: unknown): number => {
  const seconds: unknown = Reflect.get(Object(body), 'lease_duration')
  return typeof seconds === 'number' ? seconds : 0
}

const noCredential = (operation: string, path: string): HoldfastError =>
  new HoldfastError({
    code: 'UNSUPPORTED',
    source,
    operation,
    message: `${operation} failed: ${path} answered without a user name, a password and a lease.`,
    hint: 'Check that mount is a database engine and role a dynamic one.',
  })

const noSuchRole = ({ operation, path }: VaultCall, role: string, cause: unknown): HoldfastError =>
  new HoldfastError({
    code: 'NOT_FOUND',
    source,
    operation,
    message: `${operation} failed: the database engine has no role ${JSON.stringify(role)}.`,
    hint: 'Check role and mount; vault list <mount>/roles shows what is there.',
    details: { role, path },
    cause,
  })
