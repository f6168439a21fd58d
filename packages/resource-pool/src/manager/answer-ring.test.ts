import type { HealthStatus } from '@holdfast/contracts'
import { describe, expect, it } from 'vitest'
import { AnswerRing } from './answer-ring.ts'

const ringOf = (answers: readonly (readonly [HealthStatus, number])[], size = 100): AnswerRing => {
  const ring = new AnswerRing(size)
  for (const [index, [status, latencyMs]] of answers.entries()) {
    ring.push(status, status === 'up' ? undefined : `${status} ${index}`, latencyMs, Date.UTC(2026, 0, 1) + index)
  }
  return ring
}

it.each([1, 3, 8, 9, 100])('keeps the last answers up to its size of %i, oldest first', (size) => {
  const all = Array.from({ length: 250 }, (_, index) => (['up', 'down', 'degraded'] as const)[index % 3] ?? 'up')
  for (const length of [0, 1, 5, size, size + 1, 250]) {
    const ring = ringOf(
      all.slice(0, length).map((status, index) => [status, index + 0.25]),
      size,
    )
    const expected = all
      .slice(0, length)
      .map((status, index) => ({
        status,
        ...(status === 'up' ? {} : { reason: `${status} ${index}` }),
        latencyMs: index + 0.25,
        checkedAt: new Date(Date.UTC(2026, 0, 1) + index).toISOString(),
      }))
      .slice(-size)
    expect(ring.read()).toEqual(expected)
    expect(ring.last).toEqual(expected.at(-1))
    expect(ring.length).toBe(expected.length)
  }
})

describe('the trend', () => {
  const repeated = (status: HealthStatus, latencyMs: number, times: number) =>
    Array.from({ length: times }, () => [status, latencyMs] as const)

  it.each([
    ['nothing', [], 'steady', 1, 0],
    ['too few', [...repeated('down', 1, 1), ...repeated('up', 1, 2)], 'steady', 2 / 3, 1],
    ['always up', repeated('up', 10, 10), 'steady', 1, 10],
    ['always down', repeated('down', 10, 10), 'steady', 0, 10],
    ['down, then up', [...repeated('down', 10, 5), ...repeated('up', 10, 5)], 'improving', 0.5, 10],
    ['up, then degraded', [...repeated('up', 10, 5), ...repeated('degraded', 10, 5)], 'worsening', 0.5, 10],
    ['slower', [...repeated('up', 10, 5), ...repeated('up', 30, 5)], 'worsening', 1, 20],
    ['faster', [...repeated('up', 30, 5), ...repeated('up', 10, 5)], 'improving', 1, 20],
    ['a little slower', [...repeated('up', 1, 5), ...repeated('up', 4, 5)], 'steady', 1, 2.5],
  ] as const)('of %s', (_what, answers, direction, upShare, averageLatencyMs) => {
    expect(ringOf(answers).trend()).toEqual({ direction, upShare, averageLatencyMs })
  })
})
