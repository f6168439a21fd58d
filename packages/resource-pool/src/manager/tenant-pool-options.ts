import type { CreatePoolOptions } from '../create-pool-options.ts'
import type { TenantOptions } from './tenant-options.ts'

/** Options of a pool that a resource with tenants needs, whose isolation is `shared`. */
export const tenantPoolOptions = ({
  weight,
  maxShare = 1,
}: TenantOptions): Pick<CreatePoolOptions, 'separateTenants' | 'maxTenantShare' | 'tenantWeight'> => ({
  separateTenants: true,
  maxTenantShare: maxShare,
  ...(weight === undefined
    ? {}
    : { tenantWeight: (tenant: string | undefined) => (tenant === undefined ? 1 : weight(tenant)) }),
})
