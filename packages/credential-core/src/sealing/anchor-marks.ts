import { type KeyObject, timingSafeEqual } from 'node:crypto'
import { HoldfastError } from '@holdfast/contracts'
import { hmac } from './hmac.ts'

/** Number of the anchor format that is written (`docs/format.md`). */
export const anchorFormat = 1

const domain = Buffer.from('holdfast/anchor/v1\0', 'latin1')

/** Whether a credential is there, is being deleted, or was deleted, in the order in which one follows the other. */
export const markStates = ['live', 'deleting', 'deleted'] as const

/** The newest state seen of one credential. */
export interface Mark {
  /** Grows when an older revision was accepted as current; all else of an earlier epoch is forgotten. */
  readonly epoch: number
  readonly revision: string
  readonly state: (typeof markStates)[number]
}

/** The marks of one file or of a whole anchor, by id. */
export type Marks = ReadonlyMap<string, Mark>

/** A write that was announced because no version orders it against others: its state is legal whatever the marks say. */
export interface Announcement {
  readonly id: string
  readonly revision: string
}

/** What an anchor file holds and the vault it belongs to. */
export interface AnchorContent {
  readonly vaultId: string
  readonly marks: Marks
  readonly announced: readonly Announcement[]
}

/** Negative when `a` is the older one: by epoch, then revision, then state. Merging by the greater one gives the same in any order. */
export const compareMarks = (a: Mark, b: Mark): number =>
  a.epoch - b.epoch ||
  (a.revision < b.revision ? -1 : a.revision > b.revision ? 1 : 0) ||
  markStates.indexOf(a.state) - markStates.indexOf(b.state)

/** Puts a mark among others unless a newer one is there; tells whether it did. */
export const mergeMark = (marks: Map<string, Mark>, id: string, mark: Mark): boolean => {
  const existing = marks.get(id)
  if (existing !== undefined && compareMarks(existing, mark) >= 0) return false
  marks.set(id, mark)
  return true
}

/** Writes an anchor file: a line of JSON and a line with its HMAC-SHA-512 under the anchor key, in base64url. */
export const encodeAnchor = ({ vaultId, marks, announced }: AnchorContent, anchorKey: KeyObject): Buffer => {
  const list = [...marks].map(([id, { epoch, revision, state }]) => [id, epoch, revision, state])
  const pairs = announced.map(({ id, revision }) => [id, revision])
  const body = Buffer.from(JSON.stringify({ format: anchorFormat, vaultId, marks: list, announced: pairs }))
  return Buffer.concat([
    body,
    Buffer.from(`\n${hmac(anchorKey, Buffer.concat([domain, body])).toString('base64url')}\n`),
  ])
}

/** Reads an anchor file. DATA_LOSS with ROLLED_BACK when it belongs to another vault, with TAMPERED when it is not what was written. */
export const decodeAnchor = (bytes: Uint8Array, anchorKey: KeyObject, vaultId: string, path: string): AnchorContent => {
  const buffer = Buffer.from(bytes)
  const end = buffer.indexOf(0x0a)
  const body = buffer.subarray(0, Math.max(0, end))
  const content = parse(body)
  if (content === undefined) throw anchorTampered(path)
  // A vault that was replaced has another anchor key too, so this comes before the MAC.
  if (content.vaultId !== vaultId) throw otherVault(path)
  const expected = Buffer.from(`${hmac(anchorKey, Buffer.concat([domain, body])).toString('base64url')}\n`)
  const mac = buffer.subarray(end + 1)
  if (mac.length !== expected.length || !timingSafeEqual(mac, expected)) throw anchorTampered(path)
  return content
}

const parse = (body: Buffer): AnchorContent | undefined => {
  try {
    const { format, vaultId, marks, announced }: Readonly<Record<string, unknown>> = JSON.parse(body.toString())
    if (format !== anchorFormat || typeof vaultId !== 'string') return undefined
    if (!Array.isArray(marks) || !Array.isArray(announced)) return undefined
    return {
      vaultId,
      marks: new Map(marks.map(([id, epoch, revision, state]) => [id, { epoch, revision, state }])),
      announced: announced.map(([id, revision]) => ({ id, revision })),
    }
  } catch {
    return undefined
  }
}

const anchorTampered = (path: string): HoldfastError =>
  new HoldfastError({
    code: 'DATA_LOSS',
    reason: 'TAMPERED',
    source: 'credential-core',
    operation: 'anchor',
    message: `The anchor file ${path} is damaged, was tampered with, or is of a newer format.`,
    hint: 'Find out who can write to its directory; removing the file forgets what it knew, so check the vault first.',
  })

const otherVault = (path: string): HoldfastError =>
  new HoldfastError({
    code: 'DATA_LOSS',
    reason: 'ROLLED_BACK',
    source: 'credential-core',
    operation: 'anchor',
    message: `The anchor file ${path} belongs to another vault than the one in the storage: the vault was replaced.`,
    hint: 'Restore the newest copy of the vault; give a new vault an anchor directory of its own.',
  })
