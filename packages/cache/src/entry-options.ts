import { createProblems, HoldfastError } from '@holdfast/contracts'
import type { CacheEntryOptions } from '@holdfast/contracts/cache'
import { type CacheSettings, requireDuration } from './cache-options.ts'

/** Refuses entry options that cannot be meant: NaN durations and weights, tags that are no texts. */
export const assertEntryOptions = (options: CacheEntryOptions): void => {
  const { ttlMs, idleTtlMs, weight, tags } = options
  if (isDuration(ttlMs) && isDuration(idleTtlMs) && isWeight(weight) && isTags(tags)) return
  const problems = createProblems('cache', 'set')
  if (ttlMs !== undefined) requireDuration(problems, 'ttlMs', ttlMs)
  if (idleTtlMs !== undefined) requireDuration(problems, 'idleTtlMs', idleTtlMs)
  problems.require(isWeight(weight), 'weight', weight, 'a number from 0')
  problems.require(isTags(tags), 'tags', tags, 'an array of texts')
  problems.throwIfAny()
}

/** How much of the capacity an entry takes: its own weight, or what the cache's `weigh` says, as a whole number from 1. */
export const weightOf = <K, V>(settings: CacheSettings<K, V>, key: K, value: V, own: number | undefined): number => {
  const weight = own ?? settings.weigh?.(value, key)
  if (weight === undefined) return 1
  if (!isWeight(weight)) {
    const problems = createProblems('cache', 'set')
    problems.require(false, 'weigh(value, key)', weight, 'a number from 0')
    problems.throwIfAny()
  }
  return Math.max(1, Math.ceil(weight))
}

/** Refuses undefined, which is what a miss is. */
export const assertValue = (value: unknown): void => {
  if (value !== undefined) return
  throw new HoldfastError({
    code: 'INVALID_ARGUMENT',
    source: 'cache',
    operation: 'set',
    message: 'A cache cannot hold undefined, which is what a miss is.',
    hint: 'Store null for "known to be absent", or delete the key.',
  })
}

const isDuration = (value: unknown): boolean =>
  value === undefined || (typeof value === 'number' && !Number.isNaN(value))
const isWeight = (value: unknown): boolean => value === undefined || (typeof value === 'number' && value >= 0)
const isTags = (value: unknown): boolean =>
  value === undefined || (Array.isArray(value) && value.every((tag) => typeof tag === 'string'))
