const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const timeLength = 10
const randomLength = 16
const maxTime = 2 ** 48 - 1
const pattern = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

/**
 * Makes ULIDs (https://github.com/ulid/spec): 26 characters that sort by time. Each one is greater than every earlier
 * one of the same generator, also when the clock stands still or jumps back.
 */
export type UlidGenerator = (options?: UlidOptions) => string

/** Options of one generated ULID. */
export interface UlidOptions {
  /** The result is greater than this ULID too, whatever the clock says. */
  readonly after?: string | undefined
}

/** Makes a generator that reads wall time from `wallNow` (milliseconds since 1970) and 80 random bits from the platform's secure source. */
export const createUlidGenerator = (wallNow: () => number = Date.now): UlidGenerator => {
  let last = ''
  return ({ after = '' } = {}) => {
    const floor = after > last ? after : last
    const fresh = encodeTime(Math.min(Math.max(0, Math.trunc(wallNow())), maxTime)) + encodeRandom()
    last = fresh > floor ? fresh : increment(floor)
    return last
  }
}

/** Whether the text is a well-formed ULID. */
export const isUlid = (text: string): boolean => pattern.test(text)

const encodeTime = (time: number): string => {
  let text = ''
  let rest = time
  for (let index = 0; index < timeLength; index++) {
    text = alphabet.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  return text
}

const encodeRandom = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(randomLength))
  let text = ''
  for (const byte of bytes) text += alphabet.charAt(byte & 31)
  return text
}

const increment = (ulid: string): string => {
  for (let index = ulid.length - 1; index >= 0; index--) {
    const digit = alphabet.indexOf(ulid.charAt(index))
    if (digit < 31) return ulid.slice(0, index) + alphabet.charAt(digit + 1) + '0'.repeat(ulid.length - 1 - index)
  }
  return ulid
}
