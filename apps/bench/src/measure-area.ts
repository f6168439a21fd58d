import { join } from 'node:path'
import type { Area, Figures } from './area.ts'
import { askChild } from './ask-child.ts'

/** A subject that takes longer than this for one round is stopped, in milliseconds. */
const childTimeoutMs = 120_000

/** What came out of measuring an area. */
export interface Measured {
  /** Figures by subject, then by row: one for each round. */
  readonly figures: ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>
  /** One line for each subject that could not be measured. */
  readonly failures: readonly string[]
}

/** Options of {@link measureArea}. */
export interface MeasureAreaOptions {
  readonly rounds: number
  readonly only?: readonly string[] | undefined
}

/**
 * Measures every subject once per round, each in a process of its own so that none profits or suffers from what another
 * made of the heap and the compiler; subjects take turns, so that a slow minute of the machine hits them all.
 */
export const measureArea = async (
  name: string,
  area: Area,
  { rounds, only }: MeasureAreaOptions,
): Promise<Measured> => {
  const figures = new Map<string, Map<string, number[]>>()
  const failures: string[] = []
  const subjects = area.subjects.filter((subject) => only === undefined || only.includes(subject.name))
  for (let round = 0; round < rounds; round++) {
    for (const [position, subject] of subjects.entries()) {
      showProgress(`round ${round + 1} of ${rounds}, ${position + 1} of ${subjects.length}: ${subject.name}`)
      try {
        const measured = await measureInChild(name, subject.name, round === 0, area.nodeFlags ?? [])
        const rows = figures.get(subject.name) ?? new Map<string, number[]>()
        figures.set(subject.name, rows)
        for (const [row, value] of Object.entries(measured)) rows.set(row, [...(rows.get(row) ?? []), value])
      } catch (error) {
        failures.push(`${subject.name}, round ${round + 1}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
  }
  showProgress('')
  return { figures, failures }
}

const measureInChild = async (
  area: string,
  subject: string,
  firstRound: boolean,
  flags: readonly string[],
): Promise<Figures> => {
  const script = join(import.meta.dirname, 'measure-subject.ts')
  const parameters = [...flags, script, area, subject, firstRound ? 'first' : 'later']
  const { message, code, signal, complaint } = await askChild(parameters, childTimeoutMs)
  if (message === undefined || code !== 0)
    throw new Error(`ended with ${signal ?? `code ${code}`}. ${complaint.trim()}`)
  // measure-subject.ts sends exactly one message: the figures.
  return message as Figures
}

const showProgress = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
}
