import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Due, DueQueue } from './due-queue.ts'

const steps = fc.array(
  fc.record({ item: fc.nat(15), at: fc.option(fc.nat(50), { freq: 4 }), take: fc.option(fc.nat(50), { freq: 3 }) }),
  { maxLength: 100 },
)

it('gives what is due in the order in which it is, whatever was put in, moved and taken out', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const queue = new DueQueue<Due>()
      const items = Array.from({ length: 16 }, (): Due => ({ dueAt: Number.POSITIVE_INFINITY, position: -1 }))
      const model = new Map<Due, number>()
      for (const { item, at, take } of all) {
        const chosen = items[item]
        if (chosen === undefined) continue
        if (at === null) {
          queue.delete(chosen)
          model.delete(chosen)
        } else {
          queue.set(chosen, at)
          model.set(chosen, at)
        }
        expect(queue.size).toBe(model.size)
        expect(queue.first?.dueAt).toBe(model.size === 0 ? undefined : Math.min(...model.values()))
        if (take === null) continue
        const expected = [...model.values()].filter((dueAt) => dueAt <= take).sort((one, other) => one - other)
        const taken = queue.takeDue(take)
        expect(taken.map(({ dueAt }) => dueAt)).toEqual(expected)
        for (const each of taken) {
          expect([model.delete(each), each.position]).toEqual([true, -1])
        }
      }
    }),
  )
})
