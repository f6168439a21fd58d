import type { Version } from '@holdfast/contracts/credentials'

/** A version of the KV engine: its number, and when it was made, to the nanosecond. */
export interface KvVersion {
  readonly number: number
  /** RFC 3339 as the server writes it. */
  readonly createdTime: string
}

const pattern = /^([1-9]\d{0,14})@(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z)$/

/** Numbers begin again at 1 after a delete, times do not: the two together are never used again. */
export const versionText = ({ number, createdTime }: KvVersion): Version => `${number}@${createdTime}`

/** Reads such a text; undefined for one that this driver has not written. */
export const parseVersion = (version: Version): KvVersion | undefined => {
  const match = pattern.exec(version)
  const [, number, createdTime] = match ?? []
  return number === undefined || createdTime === undefined ? undefined : { number: Number(number), createdTime }
}
