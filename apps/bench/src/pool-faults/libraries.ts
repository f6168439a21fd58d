import type { ProbedLibrary } from './probed-pool.ts'

const objectPools = () => import('./object-pool-libraries.ts').then((module) => module.objectPoolLibraries)

/** Ours first, and the pools of npm. Each is loaded only where it is probed. */
export const libraries: Readonly<Record<string, () => Promise<ProbedLibrary>>> = {
  holdfast: async () => (await import('./holdfast-library.ts')).holdfastLibrary,
  'generic-pool': async () => (await objectPools()).genericPool,
  tarn: async () => (await objectPools()).tarn,
  'lightning-pool': async () => (await objectPools()).lightningPool,
  'sequelize-pool': async () => (await objectPools()).sequelizePool,
  'pg-pool': async () => (await import('./pg-library.ts')).pgLibrary,
  mysql2: async () => (await import('./mysql-library.ts')).mysqlLibrary,
  mongodb: async () => (await import('./mongodb-library.ts')).mongodbLibrary,
}
