import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { inspect } from 'node:util'
import { Secret } from '@holdfast/contracts'
import type { SourceChange } from '@holdfast/contracts/credentials'
import { expectRejection } from '../expect-rejection.ts'
import { within } from '../within.ts'
import type { CredentialSourceCase, CredentialSourceSubject } from './credential-source-harness.ts'

/** Every rule of the contract of credential sources as data: see {@link runCredentialSourceCase}. */
export const credentialSourceCases: readonly CredentialSourceCase[] = [
  {
    name: 'retrieve: answers a Secret with its version and, if it expires, when',
    async run({ source }) {
      const { value, version, expiresAt } = await source.retrieve()
      assert.ok(Secret.is(value), 'the value is no Secret')
      assert.ok(typeof version === 'string' && version.length > 0, 'there is no version')
      // RFC 3339, UTC, milliseconds: what `toTimestamp` writes.
      if (expiresAt !== undefined) assert.match(expiresAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    },
  },
  {
    name: 'retrieve: an answer shows nothing of the value',
    async run({ source, secrets }) {
      const answer = await source.retrieve()
      const shown = `${inspect(answer, { depth: 10, showHidden: true })} ${JSON.stringify(answer)}`
      assert.ok(secrets.length > 0, 'the harness names no secret to look for')
      for (const secret of secrets) assert.ok(!shown.includes(secret), 'the answer shows the value')
    },
  },
  {
    name: 'retrieve: fresh reads past every cache, and the version differs where the value does',
    async run({ source, replace }) {
      const before = await source.retrieve()
      await replace()
      const after = await source.retrieve({ fresh: true })
      assert.ok(!after.value.equals(before.value), 'the value is still the old one')
      assert.notEqual(after.version, before.version, 'another value has the same version')
      const again = await source.retrieve({ fresh: true })
      assert.ok(again.version !== after.version || again.value.equals(after.value), 'one version has two values')
    },
  },
  {
    name: 'retrieve: a credential that is gone is NOT_FOUND',
    needs: ['remove'],
    async run({ source, remove, secrets }) {
      await remove?.()
      await expectRejection(() => source.retrieve({ fresh: true }), {
        code: 'NOT_FOUND',
        operation: 'retrieve',
        secrets,
      })
    },
  },
  {
    name: 'retrieve: rejects with CANCELLED when aborted, by a timeout with TIMEOUT',
    async run({ source }) {
      const timedOut = AbortSignal.abort(new DOMException('too late', 'TimeoutError'))
      const retrieve = (signal: AbortSignal) => () => source.retrieve({ signal })
      await expectRejection(retrieve(AbortSignal.abort()), { code: 'CANCELLED', operation: 'retrieve' })
      await expectRejection(retrieve(timedOut), { code: 'TIMEOUT', operation: 'retrieve' })
    },
  },
  {
    name: 'watch: tells of a new value, under the version that retrieve gives',
    needs: ['watch'],
    async run(subject) {
      const { source, patienceMs } = subject
      await watching(subject, async (change, next) => {
        const { version } = await source.retrieve({ fresh: true })
        let told = change
        while (told.version !== version) told = await within(next(), patienceMs, 'the version that retrieve gives')
      })
    },
  },
  {
    name: 'watch: tells without a version that the credential is gone',
    needs: ['watch', 'remove'],
    async run(subject) {
      await watching(subject, async (change, next) => {
        await subject.remove?.()
        let told = change
        while (told.version !== undefined) told = await within(next(), subject.patienceMs, 'that it is gone')
      })
    },
  },
  {
    name: 'watch: ends normally when its signal is aborted, also before it begins',
    needs: ['watch'],
    async run({ source, patienceMs }) {
      const controller = new AbortController()
      const iterator = source.watch?.({ signal: controller.signal })[Symbol.asyncIterator]()
      const pending = iterator?.next()
      controller.abort()
      assert.equal((await within(Promise.resolve(pending), patienceMs, 'the end of the watch'))?.done, true)
      const late = source.watch?.({ signal: controller.signal })[Symbol.asyncIterator]()
      assert.equal((await within(Promise.resolve(late?.next()), patienceMs, 'the end of the watch'))?.done, true)
    },
  },
]

/** How often a new value is put in place until the watch tells of one, in milliseconds: nobody knows when it has begun. */
const replaceEveryMs = 200

/** Watches, replaces the value until that is told, and hands the change on with what waits for the next one. */
const watching = async (
  { source, replace, patienceMs }: CredentialSourceSubject,
  use: (change: SourceChange, next: () => Promise<SourceChange>) => Promise<void>,
): Promise<void> => {
  const controller = new AbortController()
  const iterator = source.watch?.({ signal: controller.signal })[Symbol.asyncIterator]()
  const next = async (): Promise<SourceChange> => {
    const result = await iterator?.next()
    assert.ok(result !== undefined && result.done !== true, 'the watch ended by itself')
    return result.value
  }
  const untilTold = async (): Promise<SourceChange> => {
    const change = next()
    let isTold = false
    const settled = change.then(
      () => undefined,
      () => undefined,
    )
    void settled.then(() => {
      isTold = true
    })
    while (!isTold) {
      await replace()
      await Promise.race([settled, setTimeout(replaceEveryMs, undefined, { signal: controller.signal })])
    }
    return change
  }
  try {
    await use(await within(untilTold(), patienceMs, 'a change'), next)
  } finally {
    controller.abort()
    await iterator?.return?.()
  }
}
