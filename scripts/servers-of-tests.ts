import type { WorkspacePackage } from './check-packages/workspace.ts'

const call = /\b(?:describeWithServer|describeWithOwnServer|useServer|startServer)\(\s*'([a-z0-9-]+)'/g

/** The names of the test servers that the tests of these packages ask for. Names that are computed are fetched when asked for. */
export const serversOfTests = (packages: readonly WorkspacePackage[]): readonly string[] => {
  const names = packages
    .flatMap(({ tests }) => tests)
    .flatMap(({ text }) => [...text.matchAll(call)].map(([, name = '']) => name))
  return [...new Set(names)].sort()
}
