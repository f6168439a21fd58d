import type { CredentialRecord } from '@holdfast/contracts/credentials'
import type { Figures, Goal, Row, Subject } from '../area.ts'
import { median } from '../median.ts'

/** What is compared: the same two things done by a driver, and by the client it is built on, alone. */
export interface StorageCalls {
  readonly retrieve: (id: string) => Promise<unknown>
  readonly store: (id: string) => Promise<unknown>
}

/** A driver and its client, on the same server. */
export interface OpenedPair {
  readonly driver: StorageCalls
  readonly client: StorageCalls
  readonly close: () => Promise<unknown>
}

/** A driver of a remote backend, to be compared with its bare client. */
export interface ComparedDriver {
  /** The driver: `storage-aws`. */
  readonly name: string
  /** The client beside it: `AWS SDK`. */
  readonly client: string
  /** Both against a server that replays recorded answers. */
  readonly replayed: () => Promise<OpenedPair>
  /** Both against a real server or emulator, by its name. */
  readonly real?: { readonly server: string; readonly open: () => Promise<OpenedPair> }
  /** How many calls of each are counted. Default 1200; fewer where the client is slow. */
  readonly calls?: number
  /** How long 95 of 100 calls on the real server may take at most, in milliseconds. */
  readonly p95Ms?: number
}

/** What a driver adds to the table. */
export interface DriverComparison {
  readonly rows: readonly Row[]
  readonly subjects: readonly Subject[]
  readonly goals: readonly Goal[]
}

/** The record that everybody stores: a sealed key of 256 bytes. */
export const benchRecord = (id: string): CredentialRecord => ({
  metadata: {
    id,
    kind: 'api-key',
    encoding: 'text',
    tags: { region: 'eu' },
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-02-01T00:00:00.000Z',
    revision: '01KGZZZZZZZZZZZZZZZZZZZZZZ',
    writeId: '01KGZZZZZZZZZZZZZZZZZZZZZZ',
    seal: { format: 1, vaultId: '01KGZZZZZZZZZZZZZZZZZZZZZZ', keyId: '01KGZZZZZZZZZZZZZZZZZZZZZZ' },
  },
  value: new Uint8Array(256 + 81).map((_, index) => (index * 31) & 255),
})

/** The id that everybody uses. */
export const benchId = 'service/main'

const atOnce = 50
const methods = ['retrieve', 'store'] as const

/**
 * Makes the rows, subjects and goals of a driver. Driver and client take turns call by call in one process, so that a slow
 * moment of the machine hits both, and the ratio of their medians stands also where the figures themselves do not.
 */
export const compareDriver = ({
  name,
  client,
  replayed,
  real,
  calls = 1200,
  p95Ms,
}: ComparedDriver): DriverComparison => {
  const backend = name.replace('storage-', '')
  const ratio = (what: string): string => `${backend} ${what} beside the ${client}`
  const onServer = (method: string): string => `${backend} ${method} on ${real?.server}`
  const realRows = real === undefined ? [] : methods.map(onServer)
  return {
    rows: [
      ...methods.map((method): Row => ({ name: ratio(method), unit: '×' })),
      { name: ratio(`${atOnce} retrieves at once`), unit: '×' },
      ...methods.map((method): Row => ({ name: `${backend} ${method}, replayed`, unit: 'µs' })),
      ...realRows.flatMap((row): Row[] => [
        { name: row, unit: 'ms' },
        { name: `${row}, p95`, unit: 'ms' },
        { name: `${row}, ${client} alone`, unit: 'ms' },
      ]),
    ],
    subjects: [
      {
        name,
        async measure() {
          const figures: Record<string, number> = {}
          const pair = await replayed()
          for (const method of methods) {
            const { driver, bare } = await takeTurns(pair, method, calls)
            figures[ratio(method)] = median(driver) / median(bare)
            figures[`${backend} ${method}, replayed`] = median(driver) * 1000
          }
          figures[ratio(`${atOnce} retrieves at once`)] = await rateAtOnce(pair, Math.ceil(calls / 27))
          await pair.close()
          return { ...figures, ...(real === undefined ? {} : await measureReal(await real.open(), onServer, client)) }
        },
      },
    ],
    goals: [
      { row: ratio('retrieve'), subject: name, atMost: 1.25 },
      { row: ratio('store'), subject: name, atMost: 1.25 },
      { row: ratio(`${atOnce} retrieves at once`), subject: name, atLeast: 0.85 },
      ...(p95Ms === undefined ? [] : realRows.map((row) => ({ row: `${row}, p95`, subject: name, atMost: p95Ms }))),
    ],
  }
}

interface Turns {
  readonly driver: readonly number[]
  readonly bare: readonly number[]
}

/** Milliseconds of single calls, by the driver and by its client alone. */
const takeTurns = async (
  { driver, client }: OpenedPair,
  method: (typeof methods)[number],
  calls: number,
  ids: readonly string[] = [benchId],
): Promise<Turns> => {
  const times = { driver: [] as number[], bare: [] as number[] }
  for (let call = -calls / 3; call < calls; call++) {
    const id = ids[Math.abs(Math.trunc(call)) % ids.length] ?? benchId
    const bare = await timed(() => client[method](id))
    const driven = await timed(() => driver[method](id))
    // The first third is for the compiler.
    if (call < 0) continue
    times.bare.push(bare)
    times.driver.push(driven)
  }
  return times
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/** How many retrieves the driver does in the time in which its client alone does one, when fifty go on at once. */
const rateAtOnce = async ({ driver, client }: OpenedPair, rounds: number): Promise<number> => {
  const batch = ({ retrieve }: StorageCalls): Promise<number> =>
    timed(() => Promise.all(Array.from({ length: atOnce }, () => retrieve(benchId))))
  const times: { readonly driver: number[]; readonly bare: number[] } = { driver: [], bare: [] }
  for (let round = -Math.ceil(rounds / 3); round < rounds; round++) {
    const bare = await batch(client)
    const driven = await batch(driver)
    if (round < 0) continue
    times.bare.push(bare)
    times.driver.push(driven)
  }
  return median(times.bare) / median(times.driver)
}

const measureReal = async (pair: OpenedPair, rowOf: (method: string) => string, client: string): Promise<Figures> => {
  const ids = Array.from({ length: 20 }, (_, index) => `service/${index}`)
  for (const id of ids) await pair.driver.store(id)
  const figures: Record<string, number> = {}
  for (const method of methods) {
    const { driver, bare } = await takeTurns(pair, method, 150, ids)
    const row = rowOf(method)
    figures[row] = median(driver)
    figures[`${row}, p95`] = driver.toSorted((a, b) => a - b)[Math.floor(driver.length * 0.95)] ?? Number.NaN
    figures[`${row}, ${client} alone`] = median(bare)
  }
  await pair.close()
  return figures
}
