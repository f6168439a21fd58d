import { HoldfastError } from './holdfast-error.ts'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const timeLength = 10
const randomLength = 16
const stepLength = 13
const maxTime = 2 ** 48 - 1
const pattern = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

/**
 * Makes ULIDs (https://github.com/ulid/spec): 26 characters that sort by time. Each one is greater than every earlier
 * one of the same generator, also when the clock stands still or jumps back, and differs from those of every other
 * generator.
 */
export type UlidGenerator = (options?: UlidOptions) => string

/** Options of one generated ULID. */
export interface UlidOptions {
  /** The result is greater than this ULID too, whatever the clock says. Text that is not a ULID is ignored. */
  readonly after?: string | undefined
}

/** Makes a generator that reads wall time from `wallNow` (milliseconds since 1970) and 80 random bits from the platform's secure source. */
export const createUlidGenerator = (wallNow: () => number = Date.now): UlidGenerator => {
  let last = ''
  return ({ after = '' } = {}) => {
    const floor = isUlid(after) && after > last ? after : last
    const fresh = encodeTime(Math.min(Math.max(0, Math.trunc(wallNow())), maxTime)) + encodeRandom()
    last = fresh > floor ? fresh : advance(floor)
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
  let text = ''
  for (const digit of randomDigits(randomLength)) text += alphabet.charAt(digit)
  return text
}

const randomDigits = (count: number): Uint8Array =>
  crypto.getRandomValues(new Uint8Array(count)).map((byte) => byte & 31)

/**
 * The ULID plus a random number of 65 bits. Adding 1, as the specification of ULID does, would let two processes whose
 * clocks are behind the same `after` make the same one, and then each would take the other's write for its own. What
 * runs over is carried into the time.
 */
const advance = (ulid: string): string => {
  const step = randomDigits(stepLength)
  let text = ''
  let carry = 1
  for (let index = ulid.length - 1; index >= 0; index--) {
    const sum = alphabet.indexOf(ulid.charAt(index)) + (step[ulid.length - 1 - index] ?? 0) + carry
    text = alphabet.charAt(sum & 31) + text
    carry = sum >> 5
  }
  if (isUlid(text)) return text
  throw new HoldfastError({
    code: 'INTERNAL',
    source: 'contracts',
    operation: 'createUlidGenerator',
    message: `There is no ULID after ${ulid}.`,
    hint: 'Look for what wrote a ULID at the end of the year 10889: a clock that is wrong, or data that is not ours.',
  })
}
