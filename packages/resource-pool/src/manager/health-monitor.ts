import {
  abortable,
  type CallOptions,
  type Clock,
  createProblems,
  type EventHub,
  type HealthStatus,
  type HoldfastError,
  type Logger,
  type Span,
  silentLogger,
  systemClock,
  type Timer,
  type Tracer,
  toTimestamp,
} from '@holdfast/contracts'
import { source } from '../pool-errors.ts'
import { askTarget, type HealthAnswer } from './ask-target.ts'
import { DueQueue } from './due-queue.ts'
import { healthCheckSettings } from './health-check-options.ts'
import { alreadyWatchedError, notWatchedError, unwatchedError } from './health-errors.ts'
import type { HealthCheckResult, HealthTrend } from './health-history.ts'
import type { HealthTarget } from './health-target.ts'
import type { ManagerEvents } from './manager-events.ts'
import { outsideRequests } from './outside-requests.ts'
import { type RunningCheck, WatchedResource } from './watched-resource.ts'

/** What a {@link HealthMonitor} is made of. */
export interface HealthMonitorOptions {
  readonly clock?: Clock | undefined
  /** From 0 to below 1. */
  readonly random?: (() => number) | undefined
  readonly logger?: Logger | undefined
  /** Gets a span `holdfast.resource.health` around each check. */
  readonly tracer?: Tracer | undefined
  /** Hears `health.changed`, before the target does. */
  readonly events?: Pick<EventHub<ManagerEvents>, 'emit'> | undefined
  /** Hears of every answer, also of those that change nothing. */
  readonly onChecked?: ((name: string, result: HealthCheckResult) => void) | undefined
  readonly targets?: Iterable<HealthTarget> | undefined
}

/** Asks resources how they are, over and over, and says when the answers agree on something new. */
export interface HealthMonitor {
  /** Begins to watch; to ask, once it is started. Throws INVALID_ARGUMENT with every wrong option, ALREADY_EXISTS. */
  add(target: HealthTarget): void
  /** Stops watching; a check under way is told to stop and counts for nothing. */
  remove(name: string): void
  /** Forgets the verdict, and that it was given up, for one that is started again; its history stays. */
  reset(name: string): void
  start(): void
  /**
   * Asks now, whether it is due or not, and answers with what came; with the answer of the check under way if there is one.
   * It counts like any other answer if the resource is due. NOT_FOUND, CLOSED, CANCELLED.
   */
  checkNow(name: string, options?: CallOptions): Promise<HealthCheckResult>
  /** What the checks agree on; undefined before the first verdict, and for one that is not watched. */
  status(name: string): HealthStatus | undefined
  /** Whether it was given up. */
  isGivenUp(name: string): boolean
  last(name: string): HealthCheckResult | undefined
  /** The last answers, oldest first. */
  history(name: string): readonly HealthCheckResult[]
  trend(name: string): HealthTrend
  /** Tells every check to stop and leaves no timer. */
  close(): void
}

/**
 * After how many timeouts a check that has not even noticed its abort is taken for lost, and another may begin: until then
 * it counts as down again and again without being asked on top of itself.
 */
const lostAfterTimeouts = 10
/** A timer that comes later than this, in milliseconds, says that the event loop stood still, and nothing of the resource. */
const lateMs = 50

/** Makes a {@link HealthMonitor}: one timer for however many resources, which keeps no process alive. */
export const createHealthMonitor = (options: HealthMonitorOptions = {}): HealthMonitor => {
  const { clock = systemClock, random = Math.random, logger = silentLogger, tracer, events, onChecked } = options
  const watched = new Map<string, WatchedResource>()
  const queue = new DueQueue<WatchedResource>()
  let timer: Timer | undefined
  let firesAt = Number.POSITIVE_INFINITY
  let state: 'created' | 'running' | 'closed' = 'created'

  /** Sees to it that the timer fires when the first is due; one that fires early finds nothing to do. */
  const arm = (): void => {
    const dueAt = queue.first?.dueAt
    if (dueAt !== undefined && dueAt >= firesAt) return
    timer?.cancel()
    timer = undefined
    firesAt = Number.POSITIVE_INFINITY
    if (dueAt === undefined || state === 'closed') return
    firesAt = dueAt
    timer = clock.setTimer(() => outsideRequests(onTimer), Math.max(0, dueAt - clock.monotonicNow()))
  }
  const onTimer = (): void => {
    const now = clock.monotonicNow()
    const lagMs = now - firesAt
    timer = undefined
    firesAt = Number.POSITIVE_INFINITY
    for (const watch of queue.takeDue(now)) {
      // One that came first may have taken this one out, or closed everything.
      if (watched.get(watch.target.name) !== watch || isClosed()) continue
      if (watch.running !== undefined) expire(watch, watch.running, now, lagMs)
      else if (!isDue(watch)) postpone(watch, now)
      else if (isHanging(watch, now)) settleHanging(watch, now)
      else begin(watch, now)
    }
    arm()
  }
  const isClosed = (): boolean => state === 'closed'
  const postpone = (watch: WatchedResource, now: number): void => {
    watch.askedAt = now
    queue.set(watch, now + watch.delayMs(now, random))
  }
  const isDue = (watch: WatchedResource): boolean => safely(watch, () => watch.target.isDue()) === true

  const begin = (watch: WatchedResource, now: number): RunningCheck => {
    const { target, settings } = watch
    watch.askedAt = now
    const deadline = now + settings.timeoutMs
    const controller = new AbortController()
    const attributes = { resource: target.name, ...target.attributes }
    const span = safely(watch, () => tracer?.startSpan('holdfast.resource.health', attributes))
    const check: RunningCheck = { startedAt: now, controller, span, callers: [], isExtended: false }
    watch.running = check
    queue.set(watch, deadline)
    let asked: Promise<HealthAnswer> | undefined
    const ask = (): Promise<HealthAnswer> => {
      asked ??= askTarget(target, { signal: controller.signal, deadline })
      return asked
    }
    safely(watch, () => span?.run?.(ask))
    void ask().then((answer) => {
      if (watch.hanging === check) watch.hanging = undefined
      if (watch.running !== check) return
      settle(watch, check, answer, clock.monotonicNow())
      arm()
    })
    return check
  }
  const isHanging = ({ hanging, settings }: WatchedResource, now: number): boolean =>
    hanging !== undefined && now - hanging.startedAt < lostAfterTimeouts * settings.timeoutMs
  /** Counts a check that goes on although it was given up, instead of asking on top of it. */
  const settleHanging = (watch: WatchedResource, now: number): void => {
    watch.askedAt = now
    const latencyMs = now - (watch.hanging?.startedAt ?? now)
    const reason = `the last check has not ended for ${Math.round(latencyMs)} ms`
    settle(watch, undefined, { status: 'down', reason, latencyMs }, now)
  }
  /** Gives up a check whose time is over. */
  const expire = (watch: WatchedResource, check: RunningCheck, now: number, lagMs: number): void => {
    const { timeoutMs } = watch.settings
    if (lagMs > lateMs && !check.isExtended) {
      // The answer may be there already, unread: as long as the event loop stood still, nobody could read it.
      check.isExtended = true
      queue.set(watch, now + Math.min(lagMs, timeoutMs))
      return
    }
    watch.hanging = check
    settle(watch, check, { status: 'down', reason: `no answer within ${timeoutMs} ms` }, now)
    check.controller.abort(new DOMException('The health check took too long.', 'TimeoutError'))
  }

  const settle = (watch: WatchedResource, check: RunningCheck | undefined, answer: HealthAnswer, now: number): void => {
    const { target, answers } = watch
    watch.running = undefined
    const latencyMs = answer.latencyMs ?? now - watch.askedAt
    answers.push(answer.status, answer.reason, latencyMs, clock.wallNow())
    endSpan(watch, check, {
      ...(answer.status === 'down' ? { code: 'UNAVAILABLE' } : {}),
      attributes: { 'health.status': answer.status },
    })
    // An answer for a resource that was stopped meanwhile, or whose parent is down, says nothing of the resource itself.
    const tell = !watch.isGivenUp && isDue(watch) ? count(watch, answer.status) : undefined
    if (watch.isGivenUp || state !== 'running') queue.delete(watch)
    else queue.set(watch, now + watch.delayMs(now, random))
    const result = answers.last
    if (result === undefined) return
    safely(watch, () => onChecked?.(target.name, result))
    tell?.(result)
    for (const { resolve } of check?.callers ?? []) resolve(result)
  }
  /** Counts an answer; what it answers with tells of what has changed. */
  const count = (watch: WatchedResource, status: HealthStatus): ((result: HealthCheckResult) => void) | undefined => {
    const { verdict, settings, target } = watch
    const from = verdict.status
    const isChanged = verdict.take(status, settings)
    const isDown = verdict.status === 'down'
    watch.failedRecoveries = isDown && !isChanged && status === 'down' ? watch.failedRecoveries + 1 : 0
    watch.isGivenUp = isDown && watch.failedRecoveries >= settings.recoveryAttempts
    if (!isChanged && !watch.isGivenUp) return undefined
    return (result) => {
      if (isChanged) tellChange(watch, from, result)
      if (!watch.isGivenUp || watched.get(target.name) !== watch) return
      const fields = { resource: target.name, attempts: settings.recoveryAttempts, reason: result.reason }
      safely(watch, () => logger.error(fields, 'a resource did not recover and was given up'))
      safely(watch, () => target.onGivenUp?.(result))
    }
  }
  const tellChange = (watch: WatchedResource, from: HealthStatus | undefined, result: HealthCheckResult): void => {
    const { target, verdict } = watch
    const { status: to } = verdict
    if (to === undefined) return
    const { name } = target
    const { reason } = result
    safely(watch, () => {
      if (to !== 'up') logger.warn({ resource: name, from, to, reason }, 'the health of a resource has changed')
      else if (from !== undefined) logger.info({ resource: name, from, to }, 'a resource is up again')
    })
    const at = toTimestamp(clock.wallNow())
    events?.emit('health.changed', () => ({
      resource: name,
      at,
      from,
      to,
      ...(reason === undefined ? {} : { reason }),
    }))
    safely(watch, () => {
      if (to === 'up') target.onUp?.(result)
      else if (to === 'degraded') target.onDegraded?.(result)
      else target.onDown?.(result)
    })
  }
  /** Does what is others' to do: what it throws must not keep the rest from being checked. */
  const safely = <R>(watch: WatchedResource, work: () => R): R | undefined => {
    try {
      return work()
    } catch (error) {
      const thrown = error instanceof Error ? error.name : typeof error
      try {
        logger.error({ resource: watch.target.name, error: thrown }, 'a listener to the health of a resource threw')
      } catch {
        // A logger that throws is what was called, or there is nowhere else to say so.
      }
      return undefined
    }
  }
  const endSpan = (
    watch: WatchedResource,
    check: RunningCheck | undefined,
    outcome: Parameters<Span['end']>[0],
  ): void => safely(watch, () => check?.span?.end(outcome))

  const schedule = (watch: WatchedResource): void => {
    if (state !== 'running' || watch.running !== undefined) return
    const now = clock.monotonicNow()
    watch.askedAt = now
    const { intervalMs, jitter } = watch.settings
    // What is started together is asked at different times from the beginning.
    queue.set(watch, now + (jitter === 0 ? intervalMs : Math.max(1, intervalMs * random())))
  }
  /** Ends the check of one that is not watched any more. */
  const stop = (watch: WatchedResource, error: HoldfastError): void => {
    queue.delete(watch)
    const { running } = watch
    watch.running = undefined
    endSpan(watch, running, { code: error.code })
    running?.controller.abort(error)
    for (const { reject } of running?.callers ?? []) reject(error)
  }

  const monitor: HealthMonitor = {
    add(target) {
      const problems = createProblems(source, 'add')
      const settings = healthCheckSettings(target.options, problems)
      problems.throwIfAny()
      if (state === 'closed') throw unwatchedError('add')
      if (watched.has(target.name)) throw alreadyWatchedError(target.name)
      const watch = new WatchedResource(target, settings, clock.monotonicNow())
      watched.set(target.name, watch)
      schedule(watch)
      arm()
    },
    remove(name) {
      const watch = watched.get(name)
      if (watch === undefined) return
      watched.delete(name)
      stop(watch, unwatchedError('checkNow', name))
      arm()
    },
    reset(name) {
      const watch = watched.get(name)
      if (watch === undefined) return
      watch.verdict.reset()
      watch.isGivenUp = false
      watch.failedRecoveries = 0
      schedule(watch)
      arm()
    },
    start() {
      if (state === 'closed') throw unwatchedError('start')
      if (state === 'running') return
      state = 'running'
      for (const watch of watched.values()) schedule(watch)
      arm()
    },
    checkNow(name, { signal } = {}) {
      if (state === 'closed') return Promise.reject(unwatchedError('checkNow'))
      const watch = watched.get(name)
      if (watch === undefined) return Promise.reject(notWatchedError(name))
      const now = clock.monotonicNow()
      const { last } = watch.answers
      // One that hangs is not asked on top of itself, and that it hangs is the answer.
      if (watch.running === undefined && isHanging(watch, now) && last !== undefined) return Promise.resolve(last)
      const { callers } = watch.running ?? outsideRequests(() => begin(watch, now))
      arm()
      const caller = Promise.withResolvers<HealthCheckResult>()
      callers.push(caller)
      return abortable(caller.promise, signal, { source, operation: 'checkNow' })
    },
    status: (name) => watched.get(name)?.verdict.status,
    isGivenUp: (name) => watched.get(name)?.isGivenUp === true,
    last: (name) => watched.get(name)?.answers.last,
    history: (name) => watched.get(name)?.answers.read() ?? [],
    trend: (name) => watched.get(name)?.answers.trend() ?? noTrend,
    close() {
      state = 'closed'
      for (const [name, watch] of watched) stop(watch, unwatchedError('checkNow', name))
      arm()
    },
  }
  for (const target of options.targets ?? []) monitor.add(target)
  return monitor
}

const noTrend: HealthTrend = { direction: 'steady', upShare: 1, averageLatencyMs: 0 }
