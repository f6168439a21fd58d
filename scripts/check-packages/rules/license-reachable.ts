import type { Rule } from '../rule.ts'

/** Packing finds a licence: the package's own, or the one in the root, which pnpm adds to every tarball. */
export const licenseReachable: Rule = {
  name: 'license-reachable',
  why: 'A package without its licence text may not be used by anyone careful.',
  *check(workspace) {
    for (const { path, published } of workspace.packages) {
      if (!published || workspace.exists('LICENSE') || workspace.exists(`${path}/LICENSE`)) continue
      yield { path, message: 'would be packed without a LICENSE' }
    }
  },
}
