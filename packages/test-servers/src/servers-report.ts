import type { ServerUse } from './server-use.ts'

/** What is printed at the end of a run: each server with its version and its suites, and loudly what was missing. */
export const serversReport = (uses: readonly ServerUse[]): readonly string[] => {
  const lines = new Map<string, Set<string>>()
  for (const { title, server, version, origin, suite, absent } of uses) {
    const line =
      absent === undefined
        ? `${title} ${version} (${server}, from ${origin === 'path' ? 'PATH' : origin})`
        : `NOT RUN on ${title}: ${absent.split('\n')[0]}`
    const suites = lines.get(line) ?? new Set()
    lines.set(line, suites.add(suite))
  }
  return [...lines]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([line, suites]) => [line, ...[...suites].sort().map((suite) => `  ${suite}`)])
}
