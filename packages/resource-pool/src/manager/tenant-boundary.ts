import { type Clock, type EventHub, type HoldfastError, toTimestamp } from '@holdfast/contracts'
import { currentContext } from '@holdfast/contracts/context'
import type { ManagerEvents } from './manager-events.ts'
import { tenantRefusedError, tenantRequiredError } from './tenant-errors.ts'
import type { TenantOptions } from './tenant-options.ts'

/** What a {@link TenantBoundary} is made of. */
export interface TenantBoundaryOptions {
  /** The resource, in errors and events. */
  readonly name: string
  readonly tenants: Pick<TenantOptions, 'required' | 'admits'>
  readonly clock: Clock
  /** Hears of who was admitted and who was refused. */
  readonly events: EventHub<ManagerEvents> | undefined
}

/** Says on whose behalf a resource is asked for and whether that tenant may have it, and tells an audit. */
export class TenantBoundary {
  readonly name: string
  readonly #isRequired: boolean
  readonly #admits: ((tenant: string) => boolean) | undefined
  readonly #clock: Clock
  readonly #events: EventHub<ManagerEvents> | undefined

  constructor({ name, tenants, clock, events }: TenantBoundaryOptions) {
    this.name = name
    this.#isRequired = tenants.required ?? true
    this.#admits = tenants.admits
    this.#clock = clock
    this.#events = events
  }

  /** The tenant that was given or that the request is made for. Throws TENANT_REQUIRED and TENANT_REFUSED. */
  tenantOf(given: string | undefined, operation: string): string | undefined {
    const tenant = given ?? currentContext()?.tenant
    if (tenant === undefined || tenant === '' || typeof tenant !== 'string') {
      if (tenant === undefined && !this.#isRequired) return undefined
      throw this.refused(undefined, tenantRequiredError(this.name, operation))
    }
    if (this.#admits !== undefined) this.#requireAdmitted(this.#admits, tenant, operation)
    return tenant
  }

  /** Tells of a refusal; answers its error. */
  refused(tenant: string | undefined, error: HoldfastError): HoldfastError {
    const { code, reason = code } = error
    this.#events?.emit('tenant.refused', () => ({ ...this.#head(), tenant, code, reason }))
    return error
  }

  /** Tells of a tenant that was given a lease. */
  admitted(tenant: string): void {
    this.#events?.emit('tenant.admitted', () => ({ ...this.#head(), tenant }))
  }

  #head(): { readonly resource: string; readonly at: string } {
    return { resource: this.name, at: toTimestamp(this.#clock.wallNow()) }
  }

  #requireAdmitted(admits: (tenant: string) => boolean, tenant: string, operation: string): void {
    let isAdmitted: boolean
    try {
      isAdmitted = admits(tenant) === true
    } catch (cause) {
      // Who cannot decide does not open the door.
      throw this.refused(tenant, tenantRefusedError(this.name, operation, tenant, cause ?? 'nothing'))
    }
    if (!isAdmitted) throw this.refused(tenant, tenantRefusedError(this.name, operation, tenant))
  }
}
