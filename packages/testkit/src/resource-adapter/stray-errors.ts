/** Runs the work and answers what nobody caught meanwhile: an `error` event without a listener, a rejection without a handler. They end a process. */
export const strayErrors = async (work: () => Promise<void>): Promise<readonly unknown[]> => {
  const stray: unknown[] = []
  const note = (error: unknown): void => void stray.push(error)
  const others = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', note)
  // What a test runner set, if anything, hears of nothing meanwhile: these errors are the ones looked for.
  process.setUncaughtExceptionCaptureCallback(note)
  try {
    await work()
  } finally {
    process.setUncaughtExceptionCaptureCallback(null)
    process.removeListener('unhandledRejection', note)
    for (const listener of others) process.on('unhandledRejection', listener)
  }
  return stray
}
