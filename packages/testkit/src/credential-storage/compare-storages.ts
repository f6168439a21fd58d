import assert from 'node:assert/strict'
import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'
import { createOperationDraw } from './draw-operation.ts'
import { createStoragePair } from './storage-pair.ts'

/** Options of {@link compareStorages}. */
export interface CompareStoragesOptions {
  /** What is known to be right: a memory storage without the capabilities that the subject does not claim. */
  readonly reference: AnyCredentialStorage
  /** What is compared with it. Both are empty at the beginning. */
  readonly subject: AnyCredentialStorage
  /** The same seed gives the same operations. */
  readonly seed: number
  /** How many operations. Default 2000. */
  readonly operations?: number
  /** What the operations are about. Default: a dozen ids that nest and look alike. */
  readonly ids?: readonly string[]
  /** Purges after every delete, for a subject that keeps the names of deleted credentials reserved. Default false. */
  readonly purgesDeleted?: boolean
  /** Which versions of a credential are compared: all, or the current one for a subject that keeps others than the reference. Default `all`. */
  readonly history?: 'all' | 'current'
  /** After how many operations everything that is stored is compared. Default 100. */
  readonly checkEvery?: number
}

/** How often each outcome came, `store: done` or `delete: CONFLICT VERSION_MISMATCH`: a comparison that met no conflict proves little. */
export type ComparedOutcomes = Readonly<Record<string, number>>

/**
 * Does the same random operations on two storages, one after the other, and throws an AssertionError with the seed and the
 * last operations as soon as they answer differently. Versions are compared by what they name, not by their text.
 */
export const compareStorages = async (options: CompareStoragesOptions): Promise<ComparedOutcomes> => {
  const { reference, subject, seed, operations = 2000, checkEvery = 100, history = 'all' } = options
  const pair = createStoragePair(reference, subject, history)
  const draw = createOperationDraw(seed, options)
  const outcomes: Record<string, number> = {}
  const last: string[] = []
  const compared = async (work: () => Promise<string>): Promise<void> => {
    try {
      const outcome = await work()
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      const log = last.slice(-12).join('\n  ')
      throw new assert.AssertionError({ message: `seed ${seed}: ${message}\nafter\n  ${log}` })
    }
  }
  for (let index = 0; index < operations; index++) {
    const operation = draw(pair)
    last.push(`${index}: ${operation.description}`)
    await compared(async () => `${operation.name}: ${await pair.run(operation)}`)
    if ((index + 1) % checkEvery === 0 || index + 1 === operations) {
      await compared(async () => `everything: ${await pair.checkEverything()}`)
    }
  }
  return outcomes
}
