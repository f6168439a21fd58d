import type { Ability, ProbedLibrary } from './probed-pool.ts'

/** How a library takes a fault. */
export interface Verdict {
  readonly kind: 'right' | 'wrong' | 'not offered' | 'not tried'
  /** What happened; '' when there is nothing to say. */
  readonly what: string
}

/** One thing that goes wrong in pools. */
export interface Fault {
  readonly name: string
  /** What a good pool does, for a reader. */
  readonly right: string
  readonly needs: readonly Ability[]
  probe(library: ProbedLibrary): Promise<Verdict>
}

export const right = (what = ''): Verdict => ({ kind: 'right', what })
export const wrong = (what: string): Verdict => ({ kind: 'wrong', what })

/** How a promise stands after a time. */
export type Outcome<R> =
  | { readonly kind: 'resolved'; readonly value: R; readonly afterMs: number }
  | { readonly kind: 'rejected'; readonly error: unknown; readonly afterMs: number }
  | { readonly kind: 'pending'; readonly afterMs: number }

/** What has become of a call within a time. A call that throws at once is one that rejects. */
export const outcome = async <R>(call: () => Promise<R> | R, withinMs: number): Promise<Outcome<R>> => {
  const startedAt = performance.now()
  const afterMs = (): number => Math.round(performance.now() - startedAt)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Outcome<R>>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'pending', afterMs: afterMs() }), withinMs)
  })
  const ended = (async () => call())().then(
    (value): Outcome<R> => ({ kind: 'resolved', value, afterMs: afterMs() }),
    (error: unknown): Outcome<R> => ({ kind: 'rejected', error, afterMs: afterMs() }),
  )
  const first = await Promise.race([ended, late])
  clearTimeout(timer)
  return first
}

/** Calls something whose errors are of no interest here. */
export const attempt = async (call: () => unknown): Promise<void> => {
  try {
    await call()
  } catch {
    // What it says is looked at by what comes next.
  }
}
