import type { CallOptions } from '@holdfast/contracts'

/** One call of a method that answers with a stream, as a policy sees it. */
export interface StreamCall {
  readonly name: string
  /** What is worked on, where the operation table says which argument that is. */
  readonly key: string | undefined
  readonly idempotent: boolean
  /** It waits for what has not happened yet. */
  readonly isLive: boolean
  readonly options: CallOptions | undefined
  /** Opens it inside this policy, with these options in place of those of the call. */
  open(options: CallOptions | undefined): AsyncIterable<unknown>
}

/** What a policy does to a stream; a policy without it passes streams through. */
export type OpenStream = (call: StreamCall) => AsyncIterable<unknown>

/** The result of a stream that is over. */
export const done: IteratorResult<unknown> = { done: true, value: undefined }
