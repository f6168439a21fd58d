import type { Span } from '@holdfast/contracts'
import { AnswerRing } from './answer-ring.ts'
import type { Due } from './due-queue.ts'
import type { HealthCheckSettings } from './health-check-options.ts'
import type { HealthCheckResult } from './health-history.ts'
import type { HealthTarget } from './health-target.ts'
import { HealthVerdict } from './health-verdict.ts'

/** A check under way. */
export interface RunningCheck {
  readonly startedAt: number
  /** Tells the probe to stop. */
  readonly controller: AbortController
  readonly span: Span | undefined
  /** Who waits for the answer. */
  readonly callers: PromiseWithResolvers<HealthCheckResult>[]
  /** Whether it was given more time because the event loop had stood still. */
  isExtended: boolean
}

/** What the monitor knows of one resource. A class, of which there may be thousands. */
export class WatchedResource implements Due {
  dueAt = Number.POSITIVE_INFINITY
  position = -1
  readonly target: HealthTarget
  readonly settings: HealthCheckSettings
  readonly verdict = new HealthVerdict()
  readonly answers: AnswerRing
  /** The check whose answer is awaited. */
  running: RunningCheck | undefined
  /** The check that was given up and has not come to an end. */
  hanging: RunningCheck | undefined
  /** When the last check began. */
  askedAt: number
  /** Checks in a row that have failed since it was quarantined. */
  failedRecoveries = 0
  isGivenUp = false

  constructor(target: HealthTarget, settings: HealthCheckSettings, now: number) {
    this.target = target
    this.settings = settings
    this.answers = new AnswerRing(settings.historySize)
    this.askedAt = now
  }

  /** How long until the next check: regular ones count from the beginning of the last, those of a quarantined one from its end. */
  delayMs(now: number, random: () => number): number {
    const { intervalMs, jitter, recoveryDelayMs, maxRecoveryDelayMs } = this.settings
    if (this.verdict.status !== 'down') {
      return Math.max(0, this.askedAt + intervalMs * (1 - jitter * random()) - now)
    }
    const fullMs = Math.min(maxRecoveryDelayMs, recoveryDelayMs * 2 ** this.failedRecoveries)
    return fullMs * (0.5 + 0.5 * random())
  }
}
