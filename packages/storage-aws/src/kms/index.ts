export { createKmsKeyProvider, type KmsKeyProvider } from './kms-key-provider.ts'
export { type KmsKeyProviderOptions, kmsKeyProviderOptionsSchema } from './kms-options.ts'
