import { randomBytes } from 'node:crypto'
import { HoldfastError, type LogFields, type Logger } from '@holdfast/contracts'
import { createMemoryStorage, type MemoryStorage } from '@holdfast/storage-memory'
import { createFakeClock, type FakeClock } from '@holdfast/testkit'
import { createKeyring } from '../../src/keyring/create-keyring.ts'
import type { Keyring } from '../../src/keyring/keyring.ts'
import { rawKey } from '../../src/keyring/raw-key.ts'
import { createCredentialManager } from '../../src/manager/create-credential-manager.ts'
import type { CredentialManager } from '../../src/manager/credential-manager.ts'
import type { CredentialManagerOptions } from '../../src/manager/credential-manager-options.ts'

/** A line of a {@link recordingLogger}. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly fields: LogFields
  readonly message: string
}

/** A logger that keeps its lines. */
export const recordingLogger = (): Logger & { readonly lines: LogLine[] } => {
  const lines: LogLine[] = []
  const at =
    (level: LogLine['level']) =>
    (fields: LogFields, message: string): void => {
      lines.push({ level, fields, message })
    }
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** A manager over a memory storage, with a keyring of its own and a clock that stands still. */
export interface TestManager {
  readonly manager: CredentialManager
  readonly storage: MemoryStorage
  readonly clock: FakeClock
  readonly keyring: Keyring
  /** Another manager over the same storage and keyring, as a second process has one. */
  other(options?: Partial<CredentialManagerOptions>): CredentialManager
}

/** Makes a {@link TestManager}. */
export const createTestManager = (
  options: Partial<CredentialManagerOptions> & { readonly memory?: Parameters<typeof createMemoryStorage>[0] } = {},
): TestManager => {
  const { memory, ...managerOptions } = options
  const clock = createFakeClock()
  const storage = createMemoryStorage({ clock, ...memory })
  const keyring = createKeyring({ storage, unlock: [rawKey(randomBytes(32))], createIfMissing: true, clock })
  const other = (others: Partial<CredentialManagerOptions> = {}): CredentialManager =>
    createCredentialManager({ storage, keyring, clock, ...others })
  return { manager: other(managerOptions), storage, clock, keyring, other }
}

/** The HoldfastError a promise rejects with. */
export const failureOf = async (work: Promise<unknown>): Promise<HoldfastError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!HoldfastError.is(error)) throw new Error(`expected a HoldfastError, got ${String(error)}`)
  return error
}

/** Everything a stream yields. */
export const collect = async <T>(stream: AsyncIterable<T>): Promise<T[]> => {
  const items: T[] = []
  for await (const item of stream) items.push(item)
  return items
}
