/** A pool as the loops of the benchmark see it: what is held is what `release` is given. */
export interface SubjectPool<Held = unknown> {
  acquire(): Promise<Held>
  release(held: Held): unknown
  /** Ends timers, so that the next pool of the process is measured alone. */
  close(): unknown
}

/** How a pool is made for a measurement. */
export interface SubjectOptions<T> {
  readonly maxSize: number
  /** Makes a resource; at once, unless the measurement is about creating. */
  create(): Promise<T>
}

/** Makes the pool of a subject. What it pools may be a connection of its own kind. */
export type CreateSubjectPool = <T extends object>(options: SubjectOptions<T>) => SubjectPool
