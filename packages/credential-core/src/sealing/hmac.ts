import { createHmac, type KeyObject } from 'node:crypto'

/** HMAC-SHA-512 (RFC 2104) of a domain and a message: 64 bytes. Domains are fixed texts ending in a zero byte, so none is the beginning of another. */
export const hmac = (key: Uint8Array | KeyObject, domain: string, message: Uint8Array): Buffer =>
  createHmac('sha512', key).update(domain, 'latin1').update(message).digest()
