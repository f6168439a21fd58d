import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HoldfastError, Secret } from '@holdfast/contracts'
import type { KeyProvider, WrappedKey } from '@holdfast/contracts/credentials'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keyFile } from './key-file.ts'
import { createKeyText } from './key-text.ts'
import { type PassphraseOptions, passphrase } from './passphrase.ts'
import { argon2idAvailable } from './passphrase-derivation.ts'
import { keyFromEnvironment, rawKey } from './raw-key.ts'

const vaultKey = randomBytes(32)
const associatedData = Buffer.from('slot')
const quick: PassphraseOptions = { scryptCost: 2 ** 14 }

const wrap = (provider: KeyProvider) => provider.wrap(vaultKey, { associatedData })
const unwrap = (provider: KeyProvider, wrapped: WrappedKey) => provider.unwrap(wrapped, { associatedData })

const failureOf = async (work: () => Promise<unknown>): Promise<HoldfastError> => {
  const error = await work().then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!HoldfastError.is(error)) throw new Error(`expected a HoldfastError, got ${String(error)}`)
  return error
}

const expectOpens = async (provider: KeyProvider, wrapped: WrappedKey): Promise<void> => {
  expect(Buffer.from(await unwrap(provider, wrapped)).equals(vaultKey)).toBe(true)
}

describe('every key provider', () => {
  it.each([
    ['passphrase', () => passphrase('pass', quick), () => passphrase('other', quick)],
    ['rawKey', () => rawKey(Buffer.alloc(32, 1)), () => rawKey(Buffer.alloc(32, 2))],
    [
      'keyFromEnvironment',
      () => keyFromEnvironment('KEY', { KEY: Buffer.alloc(32, 3).toString('base64') }),
      () => keyFromEnvironment('KEY', { KEY: Buffer.alloc(32, 4).toString('base64url') }),
    ],
  ])('%s opens what it wrapped and nothing else', async (_name, own, other) => {
    const wrapped = await wrap(own())
    await expectOpens(own(), wrapped)
    const rejected = [
      () => unwrap(other(), wrapped),
      () => own().unwrap(wrapped, { associatedData: Buffer.from('another slot') }),
      () => unwrap(own(), { ...wrapped, bytes: wrapped.bytes.subarray(1) }),
      () => unwrap(own(), { ...wrapped, bytes: wrapped.bytes.map((byte, index) => (index === 20 ? byte ^ 1 : byte)) }),
    ]
    for (const attempt of rejected) {
      const error = await failureOf(attempt)
      expect([error.code, error.reason]).toEqual(['UNAUTHENTICATED', 'KEY_REJECTED'])
    }
  })
})

describe('passphrase', () => {
  it('uses scrypt with N = 2^17, r = 8, p = 1 unless told otherwise', async () => {
    const { parameters } = await wrap(passphrase('pass'))
    expect(parameters).toMatchObject({ derivation: 'scrypt', N: 131_072, r: 8, p: 1 })
    expect(Buffer.from(String(parameters.salt), 'base64url').length).toBe(32)
  })

  it('asks only when it is needed, and takes a Secret', async () => {
    let asked = 0
    const provider = passphrase(async () => {
      asked++
      return new Secret('pass')
    }, quick)
    expect(asked).toBe(0)
    const wrapped = await wrap(provider)
    expect(asked).toBe(1)
    await expectOpens(passphrase('pass'), wrapped)
    await expectOpens(passphrase(new Secret('pass')), wrapped)
  })

  it('is the same from every keyboard', async () => {
    const wrapped = await wrap(passphrase('caf\u00e9', quick))
    await expectOpens(passphrase('cafe\u0301'), wrapped)
  })

  it.each([
    { N: 2 ** 20 },
    { N: 2 ** 40 },
    { N: 2 ** 13 },
    { N: 2 ** 17 + 1 },
    { N: Number.NaN },
    { N: -16_384 },
    { r: 1024 },
    { r: 1 },
    { p: 0 },
    { p: 1000 },
    { salt: '' },
    { salt: Buffer.alloc(65).toString('base64url') },
    { derivation: 'none' },
    { derivation: 'argon2id', memoryKib: 2 ** 30, passes: 3, parallelism: 4 },
    { derivation: 'argon2id', memoryKib: 8, passes: 3, parallelism: 4 },
    { derivation: 'argon2id', memoryKib: 65_536, passes: 2 ** 31, parallelism: 4 },
  ])('refuses recorded parameters out of bounds before they cost anything: %j', async (change) => {
    const wrapped = await wrap(passphrase('pass', quick))
    let asked = 0
    const provider = passphrase(async () => {
      asked++
      return 'pass'
    })
    const error = await failureOf(() =>
      unwrap(provider, { ...wrapped, parameters: { ...wrapped.parameters, ...change } }),
    )
    expect([error.code, error.reason, asked]).toEqual(['DATA_LOSS', 'TAMPERED', 0])
  })

  it.each([
    ['', {}],
    ['pass', { scryptCost: Number.NaN }],
    ['pass', { scryptCost: -1 }],
    ['pass', { scryptCost: 2 ** 10 }],
    ['pass', { scryptCost: 2 ** 30 }],
    ['pass', { scryptCost: 100_000 }],
    ['pass', { label: '' }],
  ])('refuses options out of bounds: %s %o', async (source, options) => {
    const error = await failureOf(async () => passphrase(source, options))
    expect(error.reason).toBe('OPTIONS_INVALID')
  })

  it('refuses an empty answer to its question', async () => {
    const error = await failureOf(() => wrap(passphrase(async () => '')))
    expect(error.code).toBe('INVALID_ARGUMENT')
  })

  it('uses argon2id when told to, or says which Node has it', async () => {
    const choose = () => passphrase('pass', { derivation: 'argon2id' })
    if (!argon2idAvailable()) {
      const error = await failureOf(async () => choose())
      expect([error.code, error.hint]).toEqual([
        'UNSUPPORTED',
        'Use Node 24.7 or newer, or leave derivation at scrypt.',
      ])
      return
    }
    const wrapped = await wrap(choose())
    expect(wrapped.parameters).toMatchObject({ derivation: 'argon2id', memoryKib: 65_536, passes: 3, parallelism: 4 })
    await expectOpens(passphrase('pass'), wrapped)
    expect((await failureOf(() => unwrap(passphrase('other'), wrapped))).reason).toBe('KEY_REJECTED')
  })
})

describe('keyFile', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-key-file-'))
    path = join(folder, 'vault.key')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('makes a file that only its owner can read and opens with it', async () => {
    const wrapped = await wrap(keyFile(path, { create: true }))
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readFile(path, 'latin1')).toMatch(/^holdfast-key-1:[\w-]{43}\n$/)
    expect(await readdir(folder)).toEqual(['vault.key'])
    await expectOpens(keyFile(path), wrapped)
  })

  it('never overwrites a key, and of many processes that create one all get the same', async () => {
    const wrapped = await Promise.all(Array.from({ length: 8 }, () => wrap(keyFile(path, { create: true }))))
    for (const each of wrapped) await expectOpens(keyFile(path, { create: true }), each)
    expect(await readdir(folder)).toEqual(['vault.key'])
  })

  it.each(['640', '604', '620', '602', '610', '666'])('refuses a file that others can use: mode %s', async (mode) => {
    const wrapped = await wrap(keyFile(path, { create: true }))
    await chmod(path, mode)
    const error = await failureOf(() => unwrap(keyFile(path), wrapped))
    expect([error.code, error.reason]).toEqual(['PERMISSION_DENIED', 'KEY_FILE_EXPOSED'])
    expect(error.hint).toContain(`chmod 600 ${path}`)
    await expectOpens(keyFile(path, { platform: 'win32' }), wrapped)
  })

  it('looks through a link at the file it names', async () => {
    const wrapped = await wrap(keyFile(path, { create: true }))
    const link = join(folder, 'link')
    await symlink(path, link)
    await expectOpens(keyFile(link), wrapped)
    await chmod(path, 0o644)
    expect((await failureOf(() => unwrap(keyFile(link), wrapped))).reason).toBe('KEY_FILE_EXPOSED')
  })

  it('says so when there is no file, and makes none to open with', async () => {
    const wrapped = await wrap(keyFile(path, { create: true }))
    await rm(path)
    const error = await failureOf(() => unwrap(keyFile(path, { create: true }), wrapped))
    expect([error.code, error.reason]).toEqual(['UNAUTHENTICATED', 'KEY_REJECTED'])
    expect(error.message).toContain(`There is no key file at ${path}.`)
    expect(await readdir(folder)).toEqual([])
  })

  it.each(['', 'hello', 'holdfast-key-1:short', `holdfast-key-1:${'a'.repeat(44)}!`])(
    'refuses a file that holds no key, without showing it: %s',
    async (content) => {
      await writeFile(path, content, { mode: 0o600 })
      const error = await failureOf(() => wrap(keyFile(path)))
      expect(error.reason).toBe('KEY_REJECTED')
      if (content.length > 5) expect(error.message).not.toContain(content)
    },
  )

  it('says what to check when the file cannot be made', async () => {
    const error = await failureOf(() => wrap(keyFile(join(folder, 'no', 'such', 'folder'), { create: true })))
    expect(error.code).toBe('PERMISSION_DENIED')
    expect(error.hint).toContain('folder exists')
  })

  it('refuses a folder and an empty path', async () => {
    expect((await failureOf(() => wrap(keyFile(folder)))).reason).toBe('KEY_REJECTED')
    expect((await failureOf(async () => keyFile(''))).reason).toBe('OPTIONS_INVALID')
  })
})

describe('rawKey and keyFromEnvironment', () => {
  it('take the text of a key file, and name a variable that is absent or malformed without its value', async () => {
    const text = createKeyText()
    const wrapped = await wrap(keyFromEnvironment('KEY', { KEY: ` ${text}\n` }))
    await expectOpens(keyFromEnvironment('KEY', { KEY: text }), wrapped)
    const absent = await failureOf(() => wrap(keyFromEnvironment('VAULT_KEY', {})))
    expect(absent.message).toContain('VAULT_KEY is not set')
    const malformed = await failureOf(() => wrap(keyFromEnvironment('VAULT_KEY', { VAULT_KEY: 'planted-value' })))
    expect(malformed.reason).toBe('KEY_REJECTED')
    expect(JSON.stringify(malformed)).not.toContain('planted-value')
  })

  it.each([0, 16, 31, 33])('refuse a key of %i bytes', async (length) => {
    expect((await failureOf(async () => rawKey(randomBytes(length)))).reason).toBe('OPTIONS_INVALID')
  })
})
