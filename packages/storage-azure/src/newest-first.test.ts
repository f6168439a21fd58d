import { expect, it } from 'vitest'
import { newestFirst } from './newest-first.ts'

const at = (version: string, second: number, isCurrent = false) => ({
  version,
  createdAt: `2026-11-21T12:00:0${second}.000Z`,
  isCurrent,
})

it('believes the clock of the vault rather than those of the writers, of which one may be wrong', () => {
  const ahead = at('02', 1)
  const behind = at('01', 2)
  expect([ahead, behind].sort(newestFirst)).toEqual([behind, ahead])
})

it('goes by the versions within a second, and puts the current one first whatever they say', () => {
  const [first, second, current] = [at('02', 1), at('03', 1), at('01', 1, true)]
  expect([first, current, second].sort(newestFirst)).toEqual([current, second, first])
})
