/** Work on a graph that is under way. */
export interface OrderedRun {
  /** Resolves when all work is done. Never rejects. */
  readonly done: Promise<void>
  /** What this one waits for; empty when its turn has come, or when it is no part of this. */
  waitsFor(name: string): readonly string[]
}

/** The order in which {@link runInOrder} works. */
export interface OrderedWork {
  readonly names: ReadonlySet<string>
  /** Those that come before; the ones that are not among the names are left out. */
  before(name: string): readonly string[]
  /** Must not reject. Called at once for each that waits for none. */
  work(name: string): Promise<void>
}

/** Works on each as soon as all those that come before it are done, at the same time where it can. */
export const runInOrder = ({ names, before, work }: OrderedWork): OrderedRun => {
  const waiting = new Map<string, Set<string>>()
  const after = new Map<string, string[]>()
  const done = Promise.withResolvers<void>()
  let left = names.size

  const begin = (name: string): void => {
    work(name).then(() => {
      left -= 1
      for (const next of after.get(name) ?? []) {
        const missing = waiting.get(next)
        missing?.delete(name)
        if (missing?.size !== 0) continue
        waiting.delete(next)
        begin(next)
      }
      if (left === 0) done.resolve()
    }, done.reject)
  }

  const first: string[] = []
  for (const name of names) {
    const missing = new Set(before(name).filter((each) => names.has(each)))
    if (missing.size === 0) first.push(name)
    else waiting.set(name, missing)
    for (const each of missing) {
      const list = after.get(each)
      if (list === undefined) after.set(each, [name])
      else list.push(name)
    }
  }
  if (left === 0) done.resolve()
  for (const name of first) begin(name)
  return { done: done.promise, waitsFor: (name) => [...(waiting.get(name) ?? [])] }
}
