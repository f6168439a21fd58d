// How do I keep secrets out of what a program prints, even when they arrive in pieces or encoded?
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'

const output = new PassThrough()

// #region example
import { createRedactingStream } from '@holdfast/cli'

const safe = output.pipe(createRedactingStream(['s3cret-pa55word']))

output.write('connecting with s3cret-')
output.write('pa55word\n')
output.end(`Authorization: Basic ${Buffer.from('app:s3cret-pa55word').toString('base64')}\n`)

const shown = await text(safe)
console.log(shown)
// connecting with [redacted]
// Authorization: Basic YXBwOn[redacted]
// #endregion example

assert.match(shown, /^connecting with \[redacted\]\nAuthorization: Basic \w{0,6}\[redacted\]\n$/)
