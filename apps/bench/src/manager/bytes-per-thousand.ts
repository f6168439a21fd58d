import { startManager } from './managers.ts'

/** Bytes that a started manager takes for 1000 resources that nobody has used yet, after one before so that all code is compiled. */
export const bytesPerThousand = async (): Promise<number> => {
  await weigh()
  return await weigh()
}

const weigh = async (): Promise<number> => {
  const before = bytesInUse()
  const { manager } = await startManager(1000)
  const bytes = bytesInUse() - before
  await manager.close()
  return bytes
}

const bytesInUse = (): number => {
  if (globalThis.gc === undefined) throw new Error('Run Node with --expose-gc to weigh managers.')
  for (let times = 0; times < 4; times++) globalThis.gc()
  return process.memoryUsage().heapUsed
}
