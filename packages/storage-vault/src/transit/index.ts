export { createTransitKeyProvider } from './transit-key-provider.ts'
export { type TransitKeyProviderOptions, transitKeyProviderOptionsSchema } from './transit-options.ts'
