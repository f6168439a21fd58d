import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeVectors } from '../support/make-vectors.ts'

// Run by hand when the format gets a new version: node packages/credential-core/test/vectors/write.ts
writeFileSync(join(import.meta.dirname, 'envelope.json'), `${JSON.stringify(await makeVectors(), null, 2)}\n`)
