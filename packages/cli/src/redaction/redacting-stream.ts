import { Transform } from 'node:stream'
import { redactionPatterns } from './redaction-patterns.ts'
import { createRedactor } from './redactor.ts'

/**
 * A stream that passes everything on except the secrets, also where chunks cut them: they become `[redacted]`, in the
 * encodings of {@link redactionPatterns} too. What could be the beginning of a secret waits for the next chunk or the end.
 */
export const createRedactingStream = (secrets: Iterable<string | Uint8Array>): Transform => {
  const redactor = createRedactor(redactionPatterns(secrets))
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      done(null, redactor.push(chunk))
    },
    flush(done) {
      done(null, redactor.end())
    },
  })
}
