import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLabelName, isLabelValue, labelsOfTags, sanitizeLabel, selectorOfTags } from './labels.ts'

describe('labels', () => {
  it.each([
    ['prod', 'prod'],
    ['a b/c', 'a_b_c'],
    ['-x-', 'x'],
    ['…', ''],
    ['ünïcödé', 'n_c_d'],
    ['x'.repeat(70), 'x'.repeat(63)],
    [`${'x'.repeat(62)}..`, 'x'.repeat(62)],
  ])('%s becomes %s', (text, label) => {
    expect(sanitizeLabel(text)).toBe(label)
  })

  it('are what Kubernetes takes, whatever the tags', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), (tags) => {
        for (const [name, value] of Object.entries(labelsOfTags(tags))) {
          expect(isLabelName(name)).toBe(true)
          expect(isLabelValue(value)).toBe(true)
        }
      }),
    )
  })

  it('select every credential that has the tags', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (tags) => {
        const labels = labelsOfTags(tags)
        for (const requirement of selectorOfTags(tags)) {
          const [name = '', value] = requirement.split('=')
          expect(labels[name]).toBe(value)
        }
      }),
    )
  })

  it('a tag that needed no change wins over one that did', () => {
    expect(labelsOfTags({ 'a b': 'changed', a_b: 'exact', 'a:b': 'changed' })).toEqual({
      'tag.holdfast.dev/a_b': 'exact',
    })
  })
})
