import type { Clock, Problems } from '@holdfast/contracts'

/** Notes a problem unless `clock` is one. */
export const requireClock = (problems: Problems, clock: Clock): void => {
  const given: unknown = clock
  const isClock =
    typeof given === 'object' &&
    given !== null &&
    ['wallNow', 'monotonicNow', 'setTimer'].every((name) => typeof Reflect.get(given, name) === 'function')
  problems.require(isClock, 'clock', clock, 'a clock')
}
