import { describe, expect, it } from 'vitest'
import { Lifecycle } from './lifecycle.ts'
import { type LifecycleState, lifecycleTransitions } from './lifecycle-state.ts'

// The table has every state as a key.
const states = Object.keys(lifecycleTransitions) as LifecycleState[]

describe('a lifecycle', () => {
  it('goes only where its table leads, and tells of each step once', () => {
    for (const from of states) {
      for (const to of states) {
        const lifecycle = new Lifecycle('db', 0)
        lifecycle.state = from
        const told: unknown[] = []
        const enter = () => lifecycle.enter(to, [{ reason: 'why' }], 7, (...step) => told.push(step))
        if (from === to) {
          enter()
          expect([told, lifecycle.since, lifecycle.causes]).toEqual([[], 0, [{ reason: 'why' }]])
        } else if (lifecycleTransitions[from].includes(to)) {
          enter()
          expect([told, lifecycle.since]).toEqual([[['db', from, to, [{ reason: 'why' }]]], 7])
        } else {
          expect(enter).toThrow(expect.objectContaining({ code: 'INTERNAL' }))
          expect([lifecycle.state, told]).toEqual([from, []])
        }
      }
    }
  })

  it('keeps a chain of causes, but no endless one', () => {
    let causes = new Lifecycle('n0', 0).because()
    for (let i = 1; i < 40; i += 1) {
      const lifecycle = new Lifecycle(`n${i}`, 0)
      lifecycle.enter('starting', causes, 0, () => {})
      causes = lifecycle.because()
    }
    expect(causes).toHaveLength(17)
    expect(causes[0]).toEqual({ resource: 'n39', reason: 'is starting' })
  })
})
