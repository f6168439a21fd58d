import { randomBytes } from 'node:crypto'
import { HoldfastError } from '@holdfast/contracts'
import type { KeyProvider } from '@holdfast/contracts/credentials'
import { createFakeClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { fullMetadata } from '../../test/support/metadata.ts'
import { createPlainStorage } from '../../test/support/plain-storage.ts'
import { createSealer } from '../sealing/create-sealer.ts'
import { createKeyring } from './create-keyring.ts'
import { keyringId } from './keyring-document.ts'
import { passphrase } from './passphrase.ts'
import { rawKey } from './raw-key.ts'

const quick = { scryptCost: 2 ** 14 } as const

const failureOf = async (work: Promise<unknown>): Promise<HoldfastError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!HoldfastError.is(error)) throw new Error(`expected a HoldfastError, got ${String(error)}`)
  return error
}

/** Counts the calls of a provider. */
const counted = (inner: KeyProvider): KeyProvider & { wraps: number; unwraps: number } => {
  const provider = {
    type: inner.type,
    label: inner.label,
    wraps: 0,
    unwraps: 0,
    wrap: (...call: Parameters<KeyProvider['wrap']>) => {
      provider.wraps++
      return inner.wrap(...call)
    },
    unwrap: (...call: Parameters<KeyProvider['unwrap']>) => {
      provider.unwraps++
      return inner.unwrap(...call)
    },
  }
  return provider
}

const seal = (keyring: ReturnType<typeof createKeyring>, id: string) =>
  createSealer(keyring).seal(fullMetadata({ id }), Buffer.from(`value of ${id}`))

describe('createKeyring', () => {
  it('creates a vault that a second keyring opens with the same passphrase', async () => {
    const storage = createPlainStorage()
    const first = createKeyring({ storage, unlock: [passphrase('correct horse', quick)], createIfMissing: true })
    const record = await seal(first, 'a')
    const second = createKeyring({ storage, unlock: [passphrase('correct horse')] })
    expect(Buffer.from(await createSealer(second).open(record)).toString()).toBe('value of a')
    expect((await second.open()).slots.map(({ type }) => type)).toEqual(['passphrase'])
  })

  it('reads nothing until it is used, and unlocks once for all who wait', async () => {
    const storage = createPlainStorage()
    const provider = counted(rawKey(randomBytes(32)))
    await createKeyring({ storage, unlock: [provider], createIfMissing: true }).open()
    let calls = 0
    storage.before = () => void calls++
    const keyring = createKeyring({ storage, unlock: [provider] })
    expect(calls).toBe(0)
    const opened = await Promise.all(Array.from({ length: 20 }, () => keyring.open()))
    expect(new Set(opened).size).toBe(1)
    expect([calls, provider.wraps, provider.unwraps]).toEqual([1, 1, 1])
  })

  it('tries again after a failure', async () => {
    const storage = createPlainStorage()
    const unlock = [rawKey(randomBytes(32))]
    await createKeyring({ storage, unlock, createIfMissing: true }).open()
    const keyring = createKeyring({ storage, unlock })
    storage.before = () => {
      throw new HoldfastError({ code: 'UNAVAILABLE', source: 't', operation: 't', message: 'Down.', hint: 'Wait.' })
    }
    expect((await failureOf(keyring.open())).code).toBe('UNAVAILABLE')
    storage.before = () => {}
    expect((await keyring.open()).slots.length).toBe(1)
  })

  it('lets one waiter give up without disturbing the others', async () => {
    const storage = createPlainStorage()
    const keyring = createKeyring({ storage, unlock: [rawKey(randomBytes(32))], createIfMissing: true })
    const controller = new AbortController()
    const aborted = failureOf(keyring.open({ signal: controller.signal }))
    const other = keyring.open()
    controller.abort()
    expect((await aborted).code).toBe('CANCELLED')
    expect((await other).slots.length).toBe(1)
  })

  it('refuses a wrong passphrase with what to do next, and never says it', async () => {
    const storage = createPlainStorage()
    await createKeyring({ storage, unlock: [passphrase('right', quick)], createIfMissing: true }).open()
    const error = await failureOf(createKeyring({ storage, unlock: [passphrase('planted-wrong-one')] }).open())
    expect([error.code, error.reason]).toEqual(['UNAUTHENTICATED', 'KEY_REJECTED'])
    expect(error.message).toContain('The passphrase does not open this vault.')
    expect(JSON.stringify(error) + error.stack).not.toContain('planted-wrong-one')
  })

  it('says which locks a vault has when it was given another kind', async () => {
    const storage = createPlainStorage()
    await createKeyring({ storage, unlock: [passphrase('right', quick)], createIfMissing: true }).open()
    const error = await failureOf(createKeyring({ storage, unlock: [rawKey(randomBytes(32))] }).open())
    expect(error.reason).toBe('KEY_REJECTED')
    expect(error.message).toContain('This vault is opened by passphrase, and it was given raw-key (raw key).')
  })

  it('refuses a storage without a keyring unless it may create one', async () => {
    const storage = createPlainStorage()
    const error = await failureOf(createKeyring({ storage, unlock: [rawKey(randomBytes(32))] }).open())
    expect([error.code, error.reason]).toEqual(['UNAUTHENTICATED', 'KEYRING_MISSING'])
    expect(storage.records.size).toBe(0)
  })

  it('never makes a new keyring where sealed records have lost theirs', async () => {
    const storage = createPlainStorage()
    const unlock = [rawKey(randomBytes(32))]
    const record = await seal(createKeyring({ storage, unlock, createIfMissing: true }), 'a')
    await storage.store('a', record)
    storage.records.delete(keyringId)
    const error = await failureOf(createKeyring({ storage, unlock, createIfMissing: true }).open())
    expect([error.code, error.reason]).toEqual(['DATA_LOSS', 'KEYRING_MISSING'])
  })

  it('ends with one keyring when many processes create it at once', async () => {
    const storage = createPlainStorage()
    const key = randomBytes(32)
    const keyrings = Array.from({ length: 8 }, () =>
      createKeyring({ storage, unlock: [rawKey(key)], createIfMissing: true }),
    )
    const opened = await Promise.all(keyrings.map((keyring) => keyring.open()))
    expect(new Set(opened.map(({ vaultId, activeKey }) => `${vaultId} ${activeKey.id}`)).size).toBe(1)
  })

  it('takes its own write for its own when the answer was lost', async () => {
    const storage = createPlainStorage()
    const unlock = [rawKey(randomBytes(32))]
    const keyring = createKeyring({ storage, unlock, createIfMissing: true })
    const { store } = storage
    // As a retry layer would: the first attempt arrives, its answer is lost, the second finds the version taken.
    storage.store = async (...call) => {
      await store(...call)
      return store(...call)
    }
    await keyring.open()
    await keyring.addSlot(rawKey(randomBytes(32), { label: 'second' }))
    expect((await keyring.open()).slots.map(({ label }) => label)).toEqual(['raw key', 'second'])
  })

  it('changes a passphrase by rewriting one slot', async () => {
    const storage = createPlainStorage()
    const spare = rawKey(randomBytes(32), { label: 'spare' })
    const keyring = createKeyring({ storage, unlock: [passphrase('old', quick)], createIfMissing: true })
    const record = await seal(keyring, 'a')
    await keyring.addSlot(spare)
    const before = (await keyring.open()).activeKey.id
    const [slot] = (await keyring.open()).slots
    await keyring.replaceSlot(slot?.id ?? '', passphrase('new', quick))
    expect((await failureOf(createKeyring({ storage, unlock: [passphrase('old')] }).open())).reason).toBe(
      'KEY_REJECTED',
    )
    for (const provider of [passphrase('new'), spare]) {
      const other = createKeyring({ storage, unlock: [provider] })
      expect((await other.open()).activeKey.id).toBe(before)
      expect(Buffer.from(await createSealer(other).open(record)).toString()).toBe('value of a')
    }
  })

  it('removes slots, but never the last one', async () => {
    const storage = createPlainStorage()
    const keyring = createKeyring({ storage, unlock: [passphrase('only', quick)], createIfMissing: true })
    const added = await keyring.addSlot(rawKey(randomBytes(32)))
    await keyring.removeSlot(added.id)
    const [slot] = (await keyring.open()).slots
    const error = await failureOf(keyring.removeSlot(slot?.id ?? ''))
    expect(error.code).toBe('INVALID_ARGUMENT')
    expect(error.message).toContain('The last slot of a keyring cannot be removed')
    expect((await failureOf(keyring.removeSlot('nope'))).message).toContain('has no slot "nope"')
    expect((await createKeyring({ storage, unlock: [passphrase('only')] }).open()).slots.length).toBe(1)
  })

  it('rotates the vault key: old records open, new ones use the new key, every slot opens both', async () => {
    const storage = createPlainStorage()
    const spare = rawKey(randomBytes(32), { label: 'spare' })
    const keyring = createKeyring({ storage, unlock: [passphrase('pass', quick)], createIfMissing: true })
    await keyring.addSlot(spare)
    const old = await seal(keyring, 'old')
    await keyring.rotate({ providers: [spare] })
    const middle = await seal(keyring, 'middle')
    const rotated = await keyring.rotate({ providers: [spare] })
    const young = await seal(keyring, 'young')
    expect(new Set([old, middle, young].map(({ metadata }) => metadata.seal?.keyId)).size).toBe(3)
    expect(rotated.keys.map(({ state }) => state)).toEqual(['retired', 'retired', 'active'])
    for (const provider of [passphrase('pass'), spare]) {
      const sealer = createSealer(createKeyring({ storage, unlock: [provider] }))
      for (const record of [old, middle, young]) {
        expect(Buffer.from(await sealer.open(record)).toString()).toBe(`value of ${record.metadata.id}`)
      }
    }
  })

  it('refuses to rotate when a slot could not take the new key, and names it', async () => {
    const storage = createPlainStorage()
    const keyring = createKeyring({ storage, unlock: [passphrase('pass', quick)], createIfMissing: true })
    await keyring.addSlot(rawKey(randomBytes(32), { label: 'spare' }))
    const before = (await keyring.open()).activeKey.id
    const error = await failureOf(keyring.rotate())
    expect(error.code).toBe('INVALID_ARGUMENT')
    expect(error.message).toContain('(raw-key, spare)')
    expect((await keyring.reload()).activeKey.id).toBe(before)
  })

  it('reads the keyring again when a record names a key that another process made', async () => {
    const storage = createPlainStorage()
    const unlock = [rawKey(randomBytes(32))]
    const mine = createKeyring({ storage, unlock, createIfMissing: true })
    await mine.open()
    const theirs = createKeyring({ storage, unlock })
    await theirs.rotate()
    const record = await seal(theirs, 'a')
    expect(Buffer.from(await createSealer(mine).open(record)).toString()).toBe('value of a')
    expect((await mine.open()).activeKey.id).toBe((await theirs.open()).activeKey.id)
  })

  it('keeps both changes of two processes that change it at once', async () => {
    const storage = createPlainStorage()
    const unlock = [rawKey(randomBytes(32))]
    const keyrings = Array.from({ length: 4 }, () => createKeyring({ storage, unlock, createIfMissing: true }))
    await Promise.all(keyrings.map((keyring, index) => keyring.addSlot(rawKey(randomBytes(32), { label: `${index}` }))))
    const labels = (await createKeyring({ storage, unlock }).open()).slots.map(({ label }) => label)
    expect(labels.toSorted()).toEqual(['0', '1', '2', '3', 'raw key'])
  })

  it('finds any single flipped bit of the stored keyring', async () => {
    const storage = createPlainStorage()
    const key = randomBytes(32)
    const keyring = createKeyring({ storage, unlock: [rawKey(key)], createIfMissing: true })
    await keyring.rotate()
    const stored = storage.records.get(keyringId)
    if (stored === undefined) throw new Error('it was stored')
    for (let bit = 0; bit < stored.value.length * 8; bit++) {
      const value = Uint8Array.from(stored.value)
      value[bit >> 3] = (value[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      storage.records.set(keyringId, { ...stored, value })
      const error = await failureOf(createKeyring({ storage, unlock: [rawKey(key)] }).open())
      // A slot that no longer opens and a format that is not known say so; nothing is ever opened.
      expect(['TAMPERED', 'KEY_REJECTED', undefined]).toContain(error.reason)
      if (error.reason === undefined) expect(error.code).toBe('UNSUPPORTED')
    }
  })

  it('finds a slot whose readable parts were edited', async () => {
    const storage = createPlainStorage()
    const key = randomBytes(32)
    await createKeyring({ storage, unlock: [rawKey(key, { label: 'honest' })], createIfMissing: true }).open()
    const stored = storage.records.get(keyringId)
    if (stored === undefined) throw new Error('it was stored')
    const value = Buffer.from(Buffer.from(stored.value).toString().replace('"honest"', '"forged"'))
    storage.records.set(keyringId, { ...stored, value })
    const error = await failureOf(createKeyring({ storage, unlock: [rawKey(key)] }).open())
    expect([error.code, error.reason]).toEqual(['DATA_LOSS', 'TAMPERED'])
    expect(error.hint).toContain('.holdfast/keyring')
  })

  it('says when a keyring was written by a newer version', async () => {
    const storage = createPlainStorage()
    const unlock = [rawKey(randomBytes(32))]
    await createKeyring({ storage, unlock, createIfMissing: true }).open()
    const stored = storage.records.get(keyringId)
    if (stored === undefined) throw new Error('it was stored')
    const value = Buffer.from(Buffer.from(stored.value).toString().replace('"format":1', '"format":2'))
    storage.records.set(keyringId, { ...stored, value })
    expect((await failureOf(createKeyring({ storage, unlock }).open())).code).toBe('UNSUPPORTED')
  })

  it('tells a provider that could not answer from one that does not fit', async () => {
    const storage = createPlainStorage()
    const good = rawKey(randomBytes(32))
    await createKeyring({ storage, unlock: [good], createIfMissing: true }).open()
    const down: KeyProvider = {
      ...good,
      unwrap: async () => {
        throw new HoldfastError({ code: 'UNAVAILABLE', source: 't', operation: 't', message: 'Down.', hint: 'Wait.' })
      },
    }
    const error = await failureOf(createKeyring({ storage, unlock: [rawKey(randomBytes(32)), down] }).open())
    expect(error.code).toBe('UNAVAILABLE')
    expect((await createKeyring({ storage, unlock: [down, good] }).open()).slots.length).toBe(1)
  })

  it('notices the rotation of another process within fifteen minutes, before it seals', async () => {
    const storage = createPlainStorage()
    const unlock = [rawKey(randomBytes(32))]
    const clock = createFakeClock()
    const mine = createKeyring({ storage, unlock, createIfMissing: true, clock })
    const first = await seal(mine, 'a')
    const { activeKey } = await createKeyring({ storage, unlock }).rotate()
    clock.advance(15 * 60_000)
    expect((await seal(mine, 'b')).metadata.seal?.keyId).toBe(first.metadata.seal?.keyId)
    clock.advance(1)
    expect((await seal(mine, 'c')).metadata.seal?.keyId).toBe(activeKey.id)
  })

  it('works on a storage without compare-and-set', async () => {
    const storage = createPlainStorage()
    const plain = { ...storage, capabilities: { ...storage.capabilities, compareAndSet: false } }
    const unlock = [rawKey(randomBytes(32))]
    const keyring = createKeyring({ storage: plain, unlock, createIfMissing: true })
    await keyring.addSlot(rawKey(randomBytes(32), { label: 'second' }))
    await keyring.removeSlot((await keyring.open()).slots[1]?.id ?? '')
    await keyring.rotate()
    expect((await createKeyring({ storage: plain, unlock }).open()).keys.length).toBe(2)
  })

  it('gives up with CONFLICT when others change the keyring all the time', async () => {
    const storage = createPlainStorage()
    const unlock = [rawKey(randomBytes(32))]
    const keyring = createKeyring({ storage, unlock, createIfMissing: true })
    await keyring.open()
    storage.before = ({ operation }) => {
      const stored = storage.records.get(keyringId)
      if (operation === 'store' && stored !== undefined) {
        storage.records.set(keyringId, { ...stored, version: `${stored.version}+` })
      }
    }
    const error = await failureOf(keyring.addSlot(rawKey(randomBytes(32))))
    expect([error.code, error.retryable]).toEqual(['CONFLICT', true])
  })

  it('has at most 32 slots, and drops only retired keys', async () => {
    const storage = createPlainStorage()
    const keyring = createKeyring({ storage, unlock: [rawKey(randomBytes(32))], createIfMissing: true })
    for (let count = 1; count < 32; count++) await keyring.addSlot(rawKey(randomBytes(32)))
    expect((await failureOf(keyring.addSlot(rawKey(randomBytes(32))))).reason).toBe('LIMIT_EXCEEDED')
    const { activeKey } = await keyring.open()
    expect((await failureOf(keyring.dropRetiredKey(activeKey.id))).code).toBe('INVALID_ARGUMENT')
  })

  it.each([
    ['nothing', ''],
    ['one line', '{}'],
    ['no JSON', `hello\n${'A'.repeat(86)}\n`],
    ['a JSON array', `[]\n${'A'.repeat(86)}\n`],
    ['an empty object', `{}\n${'A'.repeat(86)}\n`],
    ['a short MAC', `{}\nAAAA\n`],
    ['too much', `{"x":"${'x'.repeat(70_000)}"}\n${'A'.repeat(86)}\n`],
  ])('refuses a stored keyring that is %s', async (_what, text) => {
    const storage = createPlainStorage()
    const unlock = [rawKey(randomBytes(32))]
    await createKeyring({ storage, unlock, createIfMissing: true }).open()
    const stored = storage.records.get(keyringId)
    if (stored === undefined) throw new Error('it was stored')
    storage.records.set(keyringId, { ...stored, value: Buffer.from(text) })
    expect((await failureOf(createKeyring({ storage, unlock }).open())).reason).toBe('TAMPERED')
  })

  it('is closed after close', async () => {
    const storage = createPlainStorage()
    const keyring = createKeyring({ storage, unlock: [rawKey(randomBytes(32))], createIfMissing: true })
    await keyring.open()
    keyring.close()
    for (const call of [keyring.open(), keyring.reload(), keyring.rotate()]) {
      expect((await failureOf(call)).code).toBe('CLOSED')
    }
  })

  it('names every problem of its options at once', async () => {
    // The point of the test is options that the types do not allow.
    const options = { storage: 1, unlock: [], createIfMissing: 'yes' } as unknown as Parameters<typeof createKeyring>[0]
    const error = await failureOf(Promise.resolve().then(() => createKeyring(options)))
    expect(error.reason).toBe('OPTIONS_INVALID')
    for (const path of ['storage', 'unlock', 'createIfMissing']) expect(error.message).toContain(path)
  })
})
