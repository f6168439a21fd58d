import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatDotenv } from './format-dotenv.ts'
import { parseDotenv } from './parse-dotenv.ts'

const valuesOf = (text: string): Record<string, unknown> =>
  Object.fromEntries(parseDotenv(text).entries.map(({ name, value }) => [name, value]))

describe('parseDotenv', () => {
  test.each([
    ['a plain value', 'A=b', { A: 'b' }],
    ['an empty value', 'A=\nB= ', { A: '', B: '' }],
    ['blanks around', '  A = b  ', { A: 'b' }],
    ['a byte order mark', '\uFEFFA=b', { A: 'b' }],
    ['Windows line ends', 'A=b\r\nB="c"\r\n', { A: 'b', B: 'c' }],
    ['no newline at the end', 'A=b', { A: 'b' }],
    ['export', 'export A=b\nexport\tB=c', { A: 'b', B: 'c' }],
    ['a variable called export', 'export=b', { export: 'b' }],
    ['a comment after a blank and a hash', 'A=b # c', { A: 'b' }],
    ['no comment without a blank', 'A=b#c', { A: 'b#c' }],
    ['a hash directly after =', 'A=#b\nB= #b', { A: '#b', B: '' }],
    ['no expansion of dollars', 'A=$HOME/$B\nC="$D"', { A: '$HOME/$B', C: '$D' }],
    ['escapes in double quotes', 'A="\\n\\r\\t\\\\\\"\\x\\$"', { A: '\n\r\t\\"\\x\\$' }],
    ['nothing in single quotes', "A='\\n\"$x # y'", { A: '\\n"$x # y' }],
    ['a backslash before an escape', 'A="\\\\n"', { A: '\\n' }],
    ['several lines in double quotes', 'A="1\n2\n"\nB=3', { A: '1\n2\n', B: '3' }],
    ['several lines in single quotes', "A='1\n2'\nB=3", { A: '1\n2', B: '3' }],
    ['a comment after a quote', 'A="b" # c\nB="d"#e', { A: 'b', B: 'd' }],
    ['quotes in the middle', `A=b"c"d'e'`, { A: `b"c"d'e'` }],
    ['JSON without quotes', 'A={"b": "c d"}', { A: '{"b": "c d"}' }],
    ['an equals sign in a value', 'A=b=c==', { A: 'b=c==' }],
    ['blank lines and comments', '\n# x\n\n  # y\nA=b', { A: 'b' }],
    ['an empty file', '', {}],
  ])('reads %s', (_name, text, expected) => {
    const { problems, warnings } = parseDotenv(text)
    expect(valuesOf(text)).toEqual(expected)
    expect([...problems, ...warnings]).toEqual([])
  })

  test.each([
    ['no equals sign', 'A=b\nnonsense\nC=d', 2, '"="'],
    ['export without a value', '\n\nexport A', 3, '"="'],
    ['a name with a blank', 'A B=c', 1, 'variable name'],
    ['a name with a digit first', '1A=c', 1, 'variable name'],
    ['no name', '=c', 1, 'variable name'],
    ['a quote that is never closed', 'A=b\nB="c\nD=e', 2, 'never closed'],
    ['something after a quote', `A='b'c`, 1, 'after the closing'],
    ['a line after a value over several lines', 'A="1\n2\n3"\nbad', 4, '"="'],
    ['an unknown hint', '# holdfast: colour=red\nA=b', 1, '"colour" is not known'],
    ['a date that no calendar has', '# holdfast: expires=2027-02-30\nA=b', 1, 'not a date'],
    ['a scope that is none', '\n# holdfast: scope=acme\nA=b', 2, 'scope'],
    ['an id that is none', '# holdfast: id=../x\nA=b', 1, 'id'],
  ])('reports %s with its line', (_name, text, line, message) => {
    const { problems } = parseDotenv(text)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toEqual({ line, message: expect.stringContaining(message) })
  })

  test('never repeats a part of a value in a problem', () => {
    const { problems } = parseDotenv("p1anted-secret\nA=\"p1anted-secret\nB='p1anted-secret'x\np1anted secret=1")
    expect(problems).toHaveLength(4)
    expect(JSON.stringify(problems)).not.toContain('p1anted')
  })

  test('goes on after a malformed line, so that every problem is told at once', () => {
    const { entries, problems } = parseDotenv('bad\nA=1\nB="open\nC=3\nworse')
    expect(problems.map(({ line }) => line)).toEqual([1, 3, 5])
    expect(entries.map(({ name }) => name)).toEqual(['A', 'C'])
  })

  test('lets the last of two equal names win, and says so', () => {
    const { entries, warnings } = parseDotenv('A=1\nB=2\nA=3')
    expect(entries.map(({ name, value, line }) => [name, value, line])).toEqual([
      ['B', '2', 2],
      ['A', '3', 3],
    ])
    expect(warnings).toEqual([{ line: 3, message: 'A stands in line 1 as well: the last one is used' }])
  })

  test('gives the hints of the comments above to the next variable only', () => {
    const { entries } = parseDotenv(
      '# holdfast: kind=api-key expires=2027-01-31\n# live\n\n#holdfast: scope=org:acme/team:pay id=stripe/live tag.owner=x\nA=1\nB=2',
    )
    expect(entries[0]?.hints).toEqual({
      kind: 'api-key',
      expiresAt: '2027-01-31T00:00:00.000Z',
      scope: 'org:acme/team:pay',
      id: 'stripe/live',
      tags: { owner: 'x' },
    })
    expect(entries[1]?.hints).toEqual({})
  })

  test('warns of a hint with no variable below it', () => {
    expect(parseDotenv('A=1\n# holdfast: kind=api-key\n').warnings).toHaveLength(1)
  })

  test('reads back whatever formatDotenv wrote, with the same names and values', () => {
    const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/)
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('"', "'", '\\', '\n', '\r', '\t', ' ', '#', '$', '=', 'n', '`') }),
    )
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key }), (pairs) => {
        const { entries, problems, warnings } = parseDotenv(formatDotenv(new Map(pairs)))
        expect([...problems, ...warnings]).toEqual([])
        expect(entries.map((entry) => [entry.name, entry.value])).toEqual(pairs)
      }),
    )
  })

  test('refuses to write a name that a .env file cannot hold', () => {
    expect(() => formatDotenv(new Map([['db/main', 'x']]))).toThrow('--env NAME')
  })
})
