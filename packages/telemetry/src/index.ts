export { createTelemetry, type Telemetry } from './telemetry.ts'
export { type TelemetryOptions, telemetryOptionsSchema } from './options.ts'
