/** The package that speaks in errors and logs. */
export const source = 'telemetry'
