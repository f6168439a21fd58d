import type { Area } from './area.ts'

/** Every area by name. */
export const areas: Readonly<Record<string, () => Promise<Area>>> = {
  credentials: async () => (await import('./credentials/area.ts')).area,
  cache: async () => (await import('./cache/area.ts')).area,
  resilience: async () => (await import('./resilience/area.ts')).area,
  telemetry: async () => (await import('./telemetry/area.ts')).area,
  pool: async () => (await import('./pool/area.ts')).area,
  manager: async () => (await import('./manager/area.ts')).area,
  storage: async () => (await import('./storage/area.ts')).area,
}
