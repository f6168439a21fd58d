import { credentialIdProblem } from '@holdfast/contracts/credentials'
import fc from 'fast-check'
import { awkwardIds, invalidIds } from '../credential-storage/hostile-ids.ts'

/** Any character beyond ASCII, also unassigned ones; fast-check's own `binary` unit takes most of a second to build. */
const anyCharacter = fc
  .oneof(fc.integer({ min: 0x80, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((codePoint) => String.fromCodePoint(codePoint))

/** One character of an id: mostly plain, often one that file systems, URLs or shells mind, sometimes any at all. */
const idCharacter = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...'abcXYZ019-_') },
  { weight: 2, arbitrary: fc.constantFrom(...'.%\\ :*?"<>|~$\'`#&=+@[]{}') },
  { weight: 1, arbitrary: anyCharacter },
)

const idSegment = fc.string({ unit: idCharacter, minLength: 1, maxLength: 20 })

/** Valid credential ids: plain ones, paths, any Unicode, and those that are known to break drivers. */
export const credentialIds: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...awkwardIds) },
  {
    weight: 7,
    arbitrary: fc
      .array(idSegment, { minLength: 1, maxLength: 5 })
      .map((segments) => segments.join('/').normalize('NFC'))
      .filter((id) => credentialIdProblem(id) === undefined),
  },
)

/** Texts that are no credential ids: one for each rule, and valid ids made invalid. */
export const invalidCredentialIds: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...invalidIds),
  fc
    .tuple(credentialIds, fc.constantFrom('/', '/.', '/..', '//x', '\0', '\n', '\ud800', 'x'.repeat(513)))
    .map(([id, ending]) => id + ending),
)
