export { cacheCases } from './cache/cache-cases.ts'
export type { CacheCase, CacheHarness, CacheHarnessOptions } from './cache/cache-harness.ts'
export { testCache } from './cache/test-cache.ts'
export { cacheStoreCases } from './cache-store/cache-store-cases.ts'
export type {
  CacheStoreCase,
  CacheStoreFixture,
  CacheStoreHarness,
  CacheStoreSubject,
} from './cache-store/cache-store-harness.ts'
export { runCacheStoreCase } from './cache-store/run-cache-store-case.ts'
export { testCacheStore } from './cache-store/test-cache-store.ts'
export { collect } from './collect.ts'
export { credentialSourceCases } from './credential-source/credential-source-cases.ts'
export type {
  CredentialSourceCase,
  CredentialSourceFixture,
  CredentialSourceHarness,
  CredentialSourceNeed,
  CredentialSourceSubject,
} from './credential-source/credential-source-harness.ts'
export { runCredentialSourceCase } from './credential-source/run-credential-source-case.ts'
export { testCredentialSource } from './credential-source/test-credential-source.ts'
export {
  type ComparedOutcomes,
  type CompareStoragesOptions,
  compareStorages,
} from './credential-storage/compare-storages.ts'
export { credentialStorageCases } from './credential-storage/credential-storage-cases.ts'
export type {
  CredentialStorageCase,
  CredentialStorageFixture,
  CredentialStorageHarness,
  CredentialStorageNeed,
  CredentialStorageSubject,
} from './credential-storage/credential-storage-harness.ts'
export { awkwardIds, invalidIds } from './credential-storage/hostile-ids.ts'
export { runCredentialStorageCase } from './credential-storage/run-credential-storage-case.ts'
export {
  type SampleRecordOptions,
  sampleRecord,
  sampleText,
  sampleValue,
  sampleValueMarker,
} from './credential-storage/sample-record.ts'
export { testCredentialStorage } from './credential-storage/test-credential-storage.ts'
export { type ExpectedRejection, expectRejection } from './expect-rejection.ts'
export { createFakeClock, type FakeClock, type FakeClockOptions } from './fake-clock.ts'
export {
  createFaultFileSystem,
  type FaultFileSystem,
  type FaultFileSystemOptions,
  type FileFault,
  type FileOperation,
} from './fault-file-system.ts'
export type { CrashKeep } from './fault-file-system-tree.ts'
export {
  type FailurePlan,
  type PlannedCall,
  type PlannedFailure,
  type ScriptedFailure,
  type SeededFailureOptions,
  scriptedFailures,
  seededFailures,
} from './faults/failure-plan.ts'
export { flaky } from './faults/flaky.ts'
export { createSeededRandom } from './faults/seeded-random.ts'
export { type SlowOptions, slow } from './faults/slow.ts'
export { credentialIds, invalidCredentialIds } from './generators/credential-ids.ts'
export { credentialMetadata, credentialRecords, credentialValues, tagSets } from './generators/credential-records.ts'
export { scopeIds } from './generators/scope-ids.ts'
export { createHttpProxy, type HttpProxy, type HttpProxyOptions } from './http-proxy/create-http-proxy.ts'
export type { HttpAnswer, HttpFault } from './http-proxy/http-fault.ts'
export {
  type HttpFaultPlan,
  type PlannedRequest,
  type SeededHttpFaultOptions,
  scriptedHttpFaults,
  seededHttpFaults,
} from './http-proxy/http-fault-plan.ts'
export type { ProxiedAnswer, ProxiedRequest } from './http-proxy/proxied-request.ts'
export { resourceAdapterCases } from './resource-adapter/resource-adapter-cases.ts'
export type {
  AdapterCredentials,
  ConformancePoolOptions,
  ResourceAdapterCase,
  ResourceAdapterFixture,
  ResourceAdapterHarness,
  ResourceAdapterNeed,
  ResourceAdapterSubject,
  Stain,
} from './resource-adapter/resource-adapter-harness.ts'
export { runResourceAdapterCase } from './resource-adapter/run-resource-adapter-case.ts'
export { testResourceAdapter } from './resource-adapter/test-resource-adapter.ts'
export type { AdapterFault, AdapterMethod } from './resources/adapter-fault.ts'
export {
  type AdapterFaultPlan,
  type ScriptedAdapterFault,
  type SeededAdapterFaultOptions,
  scriptedAdapterFaults,
  seededAdapterFaults,
} from './resources/adapter-fault-plan.ts'
export type { FakeCall } from './resources/fake-calls.ts'
export { FakeResource } from './resources/fake-resource.ts'
export {
  createFakeResourceAdapter,
  type FakeResourceAdapter,
  type FakeResourceAdapterOptions,
} from './resources/fake-resource-adapter.ts'
export { secretEquality } from './secret-equality.ts'
export { createSecretScanner, type SecretLeak, type SecretScanner } from './secret-scanner.ts'
export type { TcpCapture } from './tcp-proxy/byte-capture.ts'
export { createTcpProxy, type TcpProxy, type TcpProxyOptions } from './tcp-proxy/create-tcp-proxy.ts'
export type { TcpConnection } from './tcp-proxy/tcp-connection.ts'
export type { TcpDirection, TcpFault, TcpRefusal } from './tcp-proxy/tcp-fault.ts'
export {
  type SeededTcpFaultOptions,
  scriptedTcpFaults,
  seededTcpFaults,
  type TcpFaultPlan,
  type TcpMoment,
} from './tcp-proxy/tcp-fault-plan.ts'
export { within } from './within.ts'
