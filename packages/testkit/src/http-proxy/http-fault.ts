/** An answer that the target has never seen the request of. */
export interface HttpAnswer {
  /** 200 to 599. */
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON. Default: nothing. */
  readonly body?: string | Uint8Array | Readonly<Record<string, unknown>>
}

/** What a proxy does to one request. */
export type HttpFault =
  /** Nothing: the target answers. */
  | { readonly kind: 'pass' }
  /** Answers itself; the target hears nothing: 503, or 429 with `retry-after`, or 403. */
  | ({ readonly kind: 'answer' } & HttpAnswer)
  /** The target does what it was asked, and its answer is lost: the connection is reset, or something else is answered. */
  | { readonly kind: 'lost-answer'; readonly answer?: HttpAnswer }
  /** Resets the connection (RST); the target hears nothing. */
  | { readonly kind: 'reset' }
  /** Never answers; the target hears nothing. */
  | { readonly kind: 'hang' }
  /** Hands the request on later, by so many milliseconds. */
  | { readonly kind: 'late'; readonly delayMs: number }
  /** Resets the connection when so many bytes of the answer's body have been handed on. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
