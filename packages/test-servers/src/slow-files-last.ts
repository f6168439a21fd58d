import { readFileSync } from 'node:fs'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What a file waits for before its first test: nothing, processes and quick servers, or what may have to be built first. */
const rankOf = (path: string): number => {
  if (!path.endsWith('.integration.test.ts')) return 0
  return /\(\s*'(kubernetes|versitygw)'/.test(readFileSync(path, 'utf8')) ? 2 : 1
}

/**
 * The order of test files: those that need nothing first, those on servers that take minutes to fetch last, so that the
 * fetches go on beside everything else.
 */
export class SlowFilesLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const ranks = new Map(sorted.map((file) => [file, rankOf(file.moduleId)]))
    return sorted.toSorted((one, other) => (ranks.get(one) ?? 0) - (ranks.get(other) ?? 0))
  }
}
