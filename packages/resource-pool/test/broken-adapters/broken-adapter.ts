import type { SpoilAdapter, SpoilFixture } from '../fake-adapter-harness.ts'

/** A resource adapter that is sound but for one defect, and the cases of the suite that find it: these and no others. */
export interface BrokenAdapter {
  readonly defect: string
  /** How the names of the cases begin. */
  readonly foundBy: readonly string[]
  /** Whether it is shown to these cases alone, because it does harm to whoever runs it. */
  readonly isHarmful?: boolean
  readonly spoil?: SpoilAdapter
  readonly spoilFixture?: SpoilFixture
}
