import type { Metric, MetricLabels } from '@holdfast/contracts'

/** Tenants of a resource that have series of their own; the others share one, so that tenants cannot fill the memory of who scrapes. */
const maxTenants = 100

/** What the label says for all tenants beyond, as in every metric of ours that is bounded. */
const others = '__overflow__'

/** Says what stands in the label `tenant`: the name of the first hundred of a resource, nothing without a tenant. */
export class TenantLabels {
  readonly #known = new Set<string>()

  of(tenant: string | undefined): string {
    if (tenant === undefined || this.#known.has(tenant)) return tenant ?? ''
    if (this.#known.size >= maxTenants) return others
    this.#known.add(tenant)
    return tenant
  }
}

/** The handles of one metric by tenant, each bound once; that without a tenant is bound from the beginning. */
export class TenantSeries<Handle> {
  readonly #metric: Metric<Handle>
  readonly #labels: MetricLabels
  readonly #tenants: TenantLabels
  readonly #alone: Handle
  readonly #handles = new Map<string, Handle>()

  constructor(metric: Metric<Handle>, labels: MetricLabels, tenants: TenantLabels) {
    this.#metric = metric
    this.#labels = labels
    this.#tenants = tenants
    this.#alone = metric.bind({ ...labels, tenant: '' })
  }

  of(tenant: string | undefined): Handle {
    if (tenant === undefined) return this.#alone
    const label = this.#tenants.of(tenant)
    const known = this.#handles.get(label)
    if (known !== undefined) return known
    const handle = this.#metric.bind({ ...this.#labels, tenant: label })
    this.#handles.set(label, handle)
    return handle
  }
}
