/** Decides whose step comes next when several processes work on one disk. */
export interface PriorityScheduler {
  /** Waits until it is this process's turn. */
  turn(process: number): Promise<void>
  /** Runs everything until the work is done, one step at a time. */
  run<T>(work: Promise<T>): Promise<T>
}

/**
 * Lets the process of the highest priority run until it waits for nothing more, and at each of the given steps puts the
 * one that is running behind all others. A handful of such changes finds orders that a fair coin at each step practically
 * never takes, such as one process standing still between two steps while another finishes ten writes
 * (Burckhardt et al., A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs, ASPLOS 2010).
 */
export const createPriorityScheduler = (changeAt: readonly number[]): PriorityScheduler => {
  const waiting: { readonly process: number; readonly go: () => void }[] = []
  const priorities = new Map<number, number>()
  const changes = new Set(changeAt)
  let lowest = 0
  let steps = 0

  const pick = (): number => {
    let chosen = 0
    for (let index = 1; index < waiting.length; index++) {
      if (priorityAt(index) > priorityAt(chosen)) chosen = index
    }
    return chosen
  }
  const priorityAt = (index: number): number => priorities.get(waiting[index]?.process ?? 0) ?? 0

  return {
    turn(process) {
      if (!priorities.has(process)) priorities.set(process, -process / 1000)
      return new Promise((resolve) => {
        waiting.push({ process, go: resolve })
      })
    },
    async run(work) {
      let isDone = false
      const finish = (): void => {
        isDone = true
      }
      work.then(finish, finish)
      for (;;) {
        // After an immediate every promise callback that could run has run: all processes wait for a turn or are done.
        await new Promise((resolve) => setImmediate(resolve))
        if (isDone) return work
        steps += 1
        const running = waiting[pick()]
        if (running !== undefined && changes.has(steps)) priorities.set(running.process, --lowest)
        const [next] = waiting.splice(pick(), 1)
        next?.go()
      }
    },
  }
}
