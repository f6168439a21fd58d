import { silentLogger } from '@holdfast/contracts'
import { expect, it, vi } from 'vitest'
import { secretTagsOf, tagProblem } from './secret-tags.ts'

it.each([
  ['k', 'v'],
  ['owner/name', 'a b=c'],
  ['ключ', ''],
  ['k'.repeat(128), 'v'.repeat(256)],
  ['awesome', '_.:/=+-@'],
])('AWS takes %s: %s', (key, value) => {
  expect(tagProblem(key, value)).toBeUndefined()
})

it.each([
  ['', 'v', /empty/],
  ['k'.repeat(129), 'v', /128/],
  ['k', 'v'.repeat(257), /256/],
  ['aws:x', 'v', /belong to AWS/],
  ['AWS:x', 'v', /belong to AWS/],
  ['k"', 'v', /its key has a character/],
  ['k', 'line\nbreak', /its value has a character/],
])('AWS does not take %j: %j', (key, value, problem) => {
  expect(tagProblem(key, value)).toMatch(problem)
})

it('leaves out what AWS does not take, with a warning that names keys and no values', () => {
  const warn = vi.fn()
  const tags = secretTagsOf(
    'db',
    { env: 'prod', 'q"': 'planted-tag-value', team: 'a' },
    { team: 'default' },
    {
      ...silentLogger,
      warn,
    },
  )
  expect(tags).toEqual([
    { Key: 'team', Value: 'default' },
    { Key: 'env', Value: 'prod' },
  ])
  expect(warn).toHaveBeenCalledTimes(1)
  expect(JSON.stringify(warn.mock.calls)).toContain('q')
  expect(JSON.stringify(warn.mock.calls)).not.toContain('planted')
})

it('keeps to 50 tags, the default ones first', () => {
  const warn = vi.fn()
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`tag-${index}`, 'v']))
  expect(secretTagsOf('db', many, {}, { ...silentLogger, warn })).toHaveLength(50)
  expect(warn).not.toHaveBeenCalled()
  const tags = secretTagsOf('db', many, { owner: 'us' }, { ...silentLogger, warn })
  expect(tags).toHaveLength(50)
  expect(tags[0]).toEqual({ Key: 'owner', Value: 'us' })
  expect(warn.mock.calls[0]?.[0]).toMatchObject({ id: 'db', skippedTags: [expect.stringMatching(/tag-49.*50 tags/)] })
})
