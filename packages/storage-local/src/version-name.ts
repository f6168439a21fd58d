import { randomBytes } from 'node:crypto'
import type { Version } from '@holdfast/contracts/credentials'

/**
 * A version is `<number>-<random>`. The number is in the file's name and never goes back. The 64 random bits make a
 * version unique also when a power cut takes back one that somebody had already seen, or a backup is restored.
 */
export const newVersion = (number: number): Version => `${number}-${randomBytes(8).toString('hex')}`

/** The number of a version, or undefined when the text is no version of this storage. */
export const versionNumber = (version: string): number | undefined => {
  const match = /^([1-9][0-9]{0,14})-[0-9a-f]{16}$/.exec(version)
  return match?.[1] === undefined ? undefined : Number(match[1])
}

/** The file of a version inside the credential's folder. */
export const versionFileName = (number: number, fileExtension: string): string => `v${number}.${fileExtension}`

/** The number of a version's file, or 0 when the name is not of one. Read for every name of every scan, hence by hand. */
export const versionFileNumber = (name: string, fileExtension: string): number => {
  if (name.charCodeAt(0) !== 0x76 || !name.endsWith(fileExtension)) return 0
  const end = name.length - fileExtension.length - 1
  if (name[end] !== '.' || end < 2 || end > 16 || name[1] === '0') return 0
  let number = 0
  for (let index = 1; index < end; index++) {
    const digit = name.charCodeAt(index) - 0x30
    if (digit < 0 || digit > 9) return 0
    number = number * 10 + digit
  }
  return number
}
