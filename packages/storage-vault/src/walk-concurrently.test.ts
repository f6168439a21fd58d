import { collect } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { type WalkStep, walkConcurrently } from './walk-concurrently.ts'

/** A tree of the given depth with three branches at each node; every step is counted while it runs. */
const createTree = (depth: number) => {
  const state = { running: 0, most: 0, begun: 0 }
  const node =
    (name: string, left: number): WalkStep<string> =>
    async () => {
      state.begun += 1
      state.running += 1
      state.most = Math.max(state.most, state.running)
      await new Promise((resolve) => setImmediate(resolve))
      state.running -= 1
      return left === 0
        ? { items: [name] }
        : { items: [name], steps: [0, 1, 2].map((n) => node(`${name}${n}`, left - 1)) }
    }
  return { state, root: node('r', depth) }
}

it('yields everything once, so many at a time', async () => {
  const { state, root } = createTree(5)
  const found = await collect(walkConcurrently([root], 7))
  expect([found.length, new Set(found).size]).toEqual([364, 364])
  expect(state.most).toBe(7)
})

it('does not run ahead of its reader, and begins nothing more when it is left', async () => {
  const { state, root } = createTree(6)
  for await (const name of walkConcurrently([root], 4)) {
    expect(name).toBe('r')
    break
  }
  expect(state.begun).toBeLessThan(8)
  expect(state.running).toBe(0)
})

it('ends with the first failure, after what is under way', async () => {
  const { state, root } = createTree(3)
  const failing: WalkStep<string> = async () => {
    throw new Error('broken')
  }
  await expect(collect(walkConcurrently([root, failing], 4))).rejects.toThrow('broken')
  expect(state.running).toBe(0)
})

it('has nothing to say about nothing', async () => {
  expect(await collect(walkConcurrently([], 4))).toEqual([])
})
