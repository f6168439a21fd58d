import type { Clock, Logger } from '@holdfast/contracts'
import type { KvCall, KvEngine } from './kv-engine.ts'

/** Where the credentials of one storage are, and how it deals with them. */
export interface KvCredentials {
  readonly engine: KvEngine
  readonly clock: Clock
  readonly logger: Logger
  readonly softDelete: boolean
  /** Longest document in bytes. */
  readonly maxDocumentBytes: number
}

/** One call about one credential. */
export interface CredentialCall extends KvCall {
  readonly id: string
}

/** What stands in a version that deletes those before it. No other tool writes it. */
export const tombstoneJson = (deletedAt: string): string => JSON.stringify({ holdfast: 1, deletedAt })

/** Whether the content of a version says that the credential is deleted. */
export const isTombstone = (content: Readonly<Record<string, unknown>>): boolean =>
  content.holdfast === 1 && typeof content.deletedAt === 'string' && content.metadata === undefined
