export { collect } from './collect.ts'
export { createFakeClock, type FakeClock, type FakeClockOptions } from './fake-clock.ts'
export { secretEquality } from './secret-equality.ts'
