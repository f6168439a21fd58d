import type { ErrorCode } from '@holdfast/contracts'

/** A method of an adapter that can go wrong. */
export type AdapterMethod = 'create' | 'validate' | 'reset' | 'destroy' | 'health'

/** What goes wrong with a call of an adapter. Of an error code an error is made; the default is UNAVAILABLE. */
export type AdapterFault =
  /** Never settles, whatever its signal says. */
  | { readonly kind: 'hang' }
  /** Gets no answer, and rejects when it is aborted, as a good adapter does of a server that is silent. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'reject'; readonly error?: ErrorCode | Error }
  /** Throws instead of rejecting. */
  | { readonly kind: 'throw'; readonly error?: ErrorCode | Error }
  /** Takes so many milliseconds longer. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Does what was asked so many milliseconds after its signal was aborted, when nobody waits any more; never, when it is not aborted. */
  | { readonly kind: 'late'; readonly delayMs: number }
  /** The resource breaks: with `create` after so many uses (default 0: it is made broken), with any other method now. */
  | { readonly kind: 'break'; readonly afterUses?: number }
