/** What one check of `holdfast doctor` found. */
export interface Finding {
  readonly check: string
  /** `warn`: it works and should be looked at. `fail`: something does not work. */
  readonly status: 'ok' | 'warn' | 'fail'
  readonly message: string
  /** What to do; absent when all is well. */
  readonly next?: string
}
