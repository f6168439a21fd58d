import { createHmac, type KeyObject } from 'node:crypto'

/**
 * HMAC-SHA-512 (RFC 2104) of a domain and a message: 64 bytes. Domains are fixed texts ending in a zero byte, so none is the
 * beginning of another. Both are put together first: each further `update` costs more than a copy of what is hashed here.
 */
export const hmac = (key: Uint8Array | KeyObject, domain: Uint8Array, message: Uint8Array): Buffer =>
  createHmac('sha512', key)
    .update(Buffer.concat([domain, message]))
    .digest()
