import { type HealthReport, toTimestamp } from '@holdfast/contracts'
import { errnoOf, toHoldfastError } from './errors.ts'
import { intentPath, newIntentName } from './pending-intents.ts'
import { fileMode, type StoreFolder } from './store-folder.ts'

/** `down` when the folder cannot be read, `degraded` when it cannot be written to. */
export const checkHealth = async (store: StoreFolder): Promise<HealthReport> => {
  const { clock, fileSystem, directory } = store
  const startedAt = clock.monotonicNow()
  const report = (status: HealthReport['status'], reason?: string): HealthReport => ({
    status,
    ...(reason === undefined ? {} : { reason }),
    latencyMs: clock.monotonicNow() - startedAt,
    checkedAt: toTimestamp(clock.wallNow()),
    details: { directory, compareAndSet: store.canLink },
  })
  try {
    const { kind } = await fileSystem.inspect(directory)
    if (kind !== 'directory') return report('down', `${directory} is not a folder any more.`)
  } catch (error) {
    return report('down', toHoldfastError(error, 'health').message)
  }
  const probe = intentPath(store, newIntentName(store, '.probe', 0))
  try {
    const file = await fileSystem.createFile(probe, fileMode)
    await file.close()
    await fileSystem.unlink(probe)
    return report('up')
  } catch (error) {
    const { message } = toHoldfastError(error, 'health')
    return report(errnoOf(error) === 'ENOENT' ? 'down' : 'degraded', message)
  }
}
