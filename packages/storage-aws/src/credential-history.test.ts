import { createUlidGenerator } from '@holdfast/contracts'
import { expect, it } from 'vitest'
import { type KeptVersion, wereCurrent } from './credential-history.ts'
import { createVersionId } from './version-id.ts'

const ulid = createUlidGenerator()
const written = (): string => createVersionId(ulid())
const over = (version: string, kind: 'c' | 'd' = 'c'): string => createVersionId(ulid(), { kind, over: version })
const kept = (version: string, ...stages: string[]): KeptVersion => ({ version, stages, createdAtMs: 0 })
const shown = (...versions: KeptVersion[]): readonly string[] => wereCurrent(versions).map(({ version }) => version)

it('shows what was written, labelled or not', () => {
  const [a, b, c] = [written(), written(), written()]
  expect(shown(kept(a), kept(b, 'AWSPREVIOUS'), kept(c, 'AWSCURRENT'))).toEqual([a, b, c])
})

it('leaves out who lost, also when it was long ago', () => {
  const first = written()
  const [winner, loser] = [over(first), over(first)]
  const second = over(winner)
  const third = written()
  const fourth = written()
  expect(shown(kept(first, 'AWSPREVIOUS'), kept(loser), kept(winner, 'AWSCURRENT'))).toEqual([first, winner])
  expect(shown(kept(first), kept(loser), kept(winner, 'AWSPREVIOUS'), kept(second, 'AWSCURRENT'))).toEqual([
    first,
    winner,
    second,
  ])
  const all = [
    kept(first),
    kept(loser),
    kept(winner),
    kept(second),
    kept(third, 'AWSPREVIOUS'),
    kept(fourth, 'AWSCURRENT'),
  ]
  expect(shown(...all)).toEqual([first, winner, second, third, fourth])
})

it('shows one that lost against a write without a condition, because it cannot tell', () => {
  const first = written()
  const conditional = over(first)
  const current = written()
  expect(shown(kept(first), kept(conditional), kept(current, 'AWSCURRENT'))).toEqual([first, conditional, current])
})

it('leaves out tombstones, whether they won or lost', () => {
  const first = written()
  const tombstone = over(first, 'd')
  const recovered = over(tombstone)
  expect(shown(kept(first), kept(tombstone, 'AWSPREVIOUS'), kept(recovered, 'AWSCURRENT'))).toEqual([first, recovered])
  const winner = over(first)
  expect(shown(kept(first), kept(tombstone, 'holdfast-pending'), kept(winner, 'AWSCURRENT'))).toEqual([first, winner])
  expect(shown(kept(first), kept(over(first)), kept(tombstone, 'AWSPREVIOUS'), kept(recovered, 'AWSCURRENT'))).toEqual([
    first,
    recovered,
  ])
})

it('shows versions of others, except what a rotation has not yet taken into use', () => {
  expect(
    shown(kept('console-1'), kept('rotation-2', 'AWSPENDING'), kept('rotation-1', 'AWSCURRENT', 'AWSPENDING')),
  ).toEqual(['console-1', 'rotation-1'])
})
