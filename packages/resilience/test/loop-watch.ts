/** Knows when the event loop of this process was busy or the process did not run, so that what waited for it is not blamed. */
export interface LoopWatch {
  /** How long of this span nothing could have run, in milliseconds. Both ends on the clock of `performance.now()`. */
  blockedMs(from: number, to: number): number
  /** Resolves when the loop has turned once more, and stops watching. */
  stop(): Promise<void>
}

/** A timer of 1 ms that comes this late, in milliseconds, was only scheduled so. */
const ordinaryMs = 5

/** Starts a {@link LoopWatch}: a timer that sets itself again, and the gaps between its turns. */
export const startLoopWatch = (): LoopWatch => {
  const gaps: (readonly [from: number, to: number])[] = []
  let lastAt = performance.now()
  let timer = setTimeout(() => {}, 0)
  const turn = (): void => {
    const now = performance.now()
    if (now - lastAt > ordinaryMs) gaps.push([lastAt + ordinaryMs, now])
    lastAt = now
    timer = setTimeout(turn, 1)
  }
  turn()
  return {
    blockedMs: (from, to) =>
      gaps.reduce((sum, [start, end]) => sum + Math.max(0, Math.min(end, to) - Math.max(start, from)), 0),
    async stop() {
      clearTimeout(timer)
      await new Promise((resolve) => setTimeout(resolve, 1))
      turn()
      clearTimeout(timer)
    },
  }
}
