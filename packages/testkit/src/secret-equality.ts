import { Secret } from '@holdfast/contracts'

/**
 * An equality tester for vitest's `expect.addEqualityTesters`: two Secrets are equal when their values are. Without it
 * any two Secrets are, because a test runner sees no field of theirs.
 */
export const secretEquality = (a: unknown, b: unknown): boolean | undefined => {
  if (!Secret.is(a) && !Secret.is(b)) return undefined
  return Secret.is(a) && a.equals(b)
}
