import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createOutput } from './output.ts'
import { printable } from './printable.ts'
import { safeJson } from './safe-json.ts'
import { table } from './table.ts'

test('columns are aligned, also where characters take two columns or none', () => {
  expect(
    table([
      ['a', 'b'],
      ['注文', 'x'],
      ['e\u0301', 'y'],
      ['long', ''],
    ]),
  ).toBe('a     b\n注文  x\ne\u0301     y\nlong')
})

test('control, format and separator characters are shown as what they are', () => {
  expect(printable('a\u001b[31m\u0007\u009b\u200b\u2028\n')).toBe('a\\u{1b}[31m\\u{7}\\u{9b}\\u{200b}\\u{2028}\\u{a}')
  expect(printable('a\nb', { keepLines: true })).toBe('a\nb')
})

test('JSON holds nothing that acts on a terminal, and reads back the same', () => {
  const data = { a: '\u001b\u007f\u009b\u202e\u{e0001}ü注', b: ['\n'] }
  expect(safeJson(data)).not.toMatch(/[\u001b\u007f-\u009f\u202e\u{e0001}]/u)
  expect(JSON.parse(safeJson(data))).toEqual(data)
})

test('progress is shown on a terminal only, and is gone before anything else is printed', () => {
  const shownOn = (isTTY: boolean): string => {
    const stderr = Object.assign(new PassThrough(), { isTTY })
    const output = createOutput({ stderr, stdout: new PassThrough() }, false)
    output.progress('1 of 2')
    output.progress('2 of 2')
    output.note('done')
    return String(stderr.read())
  }
  expect(shownOn(false)).toBe('done\n')
  expect(shownOn(true)).toBe('1 of 2\r\u001b[2K2 of 2\r\u001b[2Kdone\n')
})
