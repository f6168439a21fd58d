import assert from 'node:assert/strict'

/** Settles like `work`, or rejects when it takes longer than `patienceMs` of real time; `what` says what was waited for. */
export const within = async <T>(work: Promise<T>, patienceMs: number, what: string): Promise<T> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new assert.AssertionError({ message: `${what}: nothing came within ${patienceMs} ms` })),
      patienceMs,
    )
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
