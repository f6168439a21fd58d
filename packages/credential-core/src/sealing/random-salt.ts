import { randomFillSync } from 'node:crypto'

/** Length of a salt in bytes: so long that two equal ones never happen (a collision is expected after 2^128). */
export const saltBytes = 32

const pool = Buffer.allocUnsafeSlow(saltBytes * 64)
let used = pool.length

/** Writes a fresh random salt into `target`. Asking the system for 64 at once makes one cheaper than its share of the cipher; salts are public, so a pool of them is no secret. */
export const writeRandomSalt = (target: Buffer, offset: number): void => {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  pool.copy(target, offset, used, used + saltBytes)
  used += saltBytes
}
