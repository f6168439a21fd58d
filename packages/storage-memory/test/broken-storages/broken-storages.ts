import { storagesWithBrokenCalls } from './broken-calls.ts'
import { storagesWithBrokenLists } from './broken-lists.ts'
import type { BrokenStorage } from './broken-storage.ts'
import { storagesWithBrokenValues } from './broken-values.ts'
import { storagesWithBrokenVersions } from './broken-versions.ts'
import { storagesWithBrokenWatches } from './broken-watches.ts'
import { storagesWithBrokenWrites } from './broken-writes.ts'

/** Every broken storage: the proof that each case of the suite can fail. */
export const brokenStorages: readonly BrokenStorage[] = [
  ...storagesWithBrokenValues,
  ...storagesWithBrokenWrites,
  ...storagesWithBrokenLists,
  ...storagesWithBrokenVersions,
  ...storagesWithBrokenWatches,
  ...storagesWithBrokenCalls,
]
