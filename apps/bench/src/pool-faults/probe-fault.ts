import type { Fault, Verdict } from './fault.ts'
import type { ProbedLibrary } from './probed-pool.ts'

/** What becomes of a library in a fault: what it lacks, or what the probe has seen. A probe that throws has found it wrong. */
export const probeFault = async (fault: Fault, library: ProbedLibrary): Promise<Verdict> => {
  for (const need of fault.needs) {
    const missing = library.lacks[need]
    if (missing !== undefined) return { kind: missing, what: missing === 'not offered' ? '' : need }
  }
  try {
    return await fault.probe(library)
  } catch (error) {
    return { kind: 'wrong', what: error instanceof Error ? error.message : String(error) }
  }
}
