import { createHmac, type KeyObject } from 'node:crypto'

/**
 * HMAC-SHA-512 (RFC 2104): 64 bytes. A message begins with its domain, a fixed text that ends in a zero byte, so none is the
 * beginning of another. It comes in one piece: each further `update` costs more than a copy of what is hashed here.
 */
export const hmac = (key: Uint8Array | KeyObject, message: Uint8Array): Buffer =>
  createHmac('sha512', key).update(message).digest()
