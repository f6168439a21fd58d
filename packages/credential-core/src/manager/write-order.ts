/** Runs the writes of one credential one after another, in the order they were called; those of different ones side by side. */
export interface WriteOrder {
  /** `wait` waits for the writes before this one; when it rejects, so does the call, and those behind still wait for those before. */
  run<T>(id: string, write: () => Promise<T>, wait: (before: Promise<void>) => Promise<void>): Promise<T>
}

/** Makes a {@link WriteOrder}. It keeps nothing of credentials that nobody is writing. */
export const createWriteOrder = (): WriteOrder => {
  const tails = new Map<string, Promise<void>>()
  return {
    run(id, write, wait) {
      const before = tails.get(id)
      const result = before === undefined ? write() : wait(before).then(write)
      const tail = Promise.all([before, result.then(ignore, ignore)]).then(() => {
        if (tails.get(id) === tail) tails.delete(id)
      })
      tails.set(id, tail)
      return result
    },
  }
}

const ignore = (): void => {}
