import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRedactor, redactionMark } from './redactor.ts'

const patternsOf = (...texts: string[]): Uint8Array[] => texts.map((text) => Buffer.from(text))

const redact = (patterns: readonly Uint8Array[], ...chunks: readonly Uint8Array[]): string => {
  const redactor = createRedactor(patterns)
  return Buffer.concat([...chunks.map((chunk) => redactor.push(chunk)), redactor.end()]).toString('latin1')
}

/** The definition: a byte that lies in any occurrence of any pattern is covered, and a run of covered bytes is one mark. */
const redactNaively = (patterns: readonly Uint8Array[], text: Buffer): string => {
  const covered = new Array<boolean>(text.length).fill(false)
  for (const pattern of patterns.filter(({ length }) => length > 0)) {
    for (let from = text.indexOf(pattern); from >= 0; from = text.indexOf(pattern, from + 1)) {
      covered.fill(true, from, from + pattern.length)
    }
  }
  return covered
    .map((isCovered, index) => {
      if (!isCovered) return text.toString('latin1', index, index + 1)
      return covered[index - 1] ? '' : redactionMark
    })
    .join('')
}

const cut = (text: Buffer, cuts: readonly number[]): Buffer[] => {
  const places = [...new Set(cuts.map((place) => place % (text.length + 1)))].sort((a, b) => a - b)
  return [...places, text.length].map((end, index) => text.subarray(places[index - 1] ?? 0, end))
}

describe('createRedactor', () => {
  test.each([
    ['nothing', ['secret'], 'plain text', 'plain text'],
    ['one secret', ['secret'], 'a secret b', 'a [redacted] b'],
    ['the whole text', ['secret'], 'secret', '[redacted]'],
    ['overlapping secrets as one', ['abcd', 'cdef'], '-abcdef-', '-[redacted]-'],
    ['touching secrets as one', ['abcd', 'efgh'], '-abcdefgh-', '-[redacted]-'],
    ['a secret inside another', ['bc', 'abcd'], '-abcd-bc-', '-[redacted]-[redacted]-'],
    ['a secret after a false start', ['aab'], 'aaab', 'a[redacted]'],
    ['a false start of the longer one', ['abcde', 'bc'], 'abcdx', 'a[redacted]dx'],
    ['a secret that repeats itself', ['aa'], 'aaaaa', '[redacted]'],
    ['without patterns', [], 'text', 'text'],
  ])('redacts %s', (_name, patterns, text, expected) => {
    expect(redact(patternsOf(...patterns), Buffer.from(text))).toBe(expected)
  })

  test('redacts a secret that chunks cut in two, at every place', () => {
    const text = Buffer.from('before hunter22-secret after')
    for (let place = 0; place <= text.length; place++) {
      expect(redact(patternsOf('hunter22-secret'), text.subarray(0, place), text.subarray(place))).toBe(
        'before [redacted] after',
      )
    }
  })

  test('holds back only what could be the beginning of a secret', () => {
    const redactor = createRedactor(patternsOf('secret'))
    expect(Buffer.from(redactor.push(Buffer.from('Password? '))).toString()).toBe('Password? ')
    expect(Buffer.from(redactor.push(Buffer.from('the sec'))).toString()).toBe('the ')
    expect(Buffer.from(redactor.push(Buffer.from('ond'))).toString()).toBe('second')
    expect(Buffer.from(redactor.push(Buffer.from('se'))).toString()).toBe('')
    expect(Buffer.from(redactor.end()).toString()).toBe('se')
  })

  test('gives the same for every way to cut a text, and what the definition says', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 6 })
    const text = fc
      .array(fc.oneof(letters, fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), maxLength: 12 })))
      .map((parts) => Buffer.from(parts.join('')))
    fc.assert(
      fc.property(
        fc.array(letters, { maxLength: 5 }),
        text,
        fc.array(fc.nat(), { maxLength: 8 }),
        (patternTexts, whole, cuts) => {
          const patterns = patternsOf(...patternTexts)
          const expected = redactNaively(patterns, whole)
          expect(redact(patterns, whole)).toBe(expected)
          expect(redact(patterns, ...cut(whole, cuts))).toBe(expected)
          expect(redact(patterns, ...[...whole].map((byte) => Uint8Array.of(byte)))).toBe(expected)
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('lets nothing planted through, whatever bytes surround it and however they are cut', () => {
    const bytes = fc.uint8Array({ maxLength: 40 })
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 4, maxLength: 20 }),
        bytes,
        bytes,
        fc.array(fc.nat(), { maxLength: 6 }),
        (secret, before, after, cuts) => {
          const shown = redact([secret], ...cut(Buffer.concat([before, secret, after]), cuts))
          const unmarked = shown.split(redactionMark)
          expect(unmarked.some((part) => part.includes(Buffer.from(secret).toString('latin1')))).toBe(false)
          expect(unmarked.length).toBeGreaterThan(1)
        },
      ),
    )
  })
})
