export { createResourceManager } from './create-resource-manager.ts'
export {
  type CredentialCache,
  type CredentialCacheOptions,
  createCredentialCache,
  type RefreshNeed,
} from './credential-cache.ts'
export { type CredentialsInUse, createCredentialsInUse } from './credentials-in-use.ts'
export type { HealthCheckOptions } from './health-check-options.ts'
export type { HealthCheckResult, HealthTrend } from './health-history.ts'
export type { LifecycleState } from './lifecycle-state.ts'
export type { ManagerEvents, ManagerState, TransitionCause } from './manager-events.ts'
export { type AnyResourceKey, type ResourceKey, resourceKey } from './resource-key.ts'
export type { ManagerHealth, ResourceExplanation, ResourceGraph, ResourceManager } from './resource-manager.ts'
export type { ResourceManagerOptions } from './resource-manager-options.ts'
export type { ResourceHooks, ResourcePolicy, ResourceRegistration } from './resource-registration.ts'
export { createRotation, type Rotation, type RotationParts } from './rotation.ts'
export type { RotationOptions } from './rotation-options.ts'
export type { RotationOutcome } from './rotation-outcome.ts'
export type { RunOptions } from './run-options.ts'
export { type ManagerEndpoint, type ServeManagerOptions, serveManager } from './serve-manager.ts'
export { createSharedResource, type SharedResourceOptions } from './shared-resource.ts'
export { createTenantGate, type TenantGate, type TenantGateParts, type TenantLoadReport } from './tenant-gate.ts'
export type { TenantOptions, TenantQuota } from './tenant-options.ts'
export { createTenantPools, type TenantPoolsOptions } from './tenant-pools.ts'
