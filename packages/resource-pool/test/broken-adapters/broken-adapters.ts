import type { BrokenAdapter } from './broken-adapter.ts'
import { brokenCreates } from './broken-creates.ts'
import { brokenDestroys } from './broken-destroys.ts'
import { brokenProbes } from './broken-probes.ts'

/** Every broken adapter: the proof that each case of the suite can fail, and finds what its name says. */
export const brokenAdapters: readonly BrokenAdapter[] = [...brokenCreates, ...brokenProbes, ...brokenDestroys]
