import type { SecretValue } from '@holdfast/contracts'
import type { KindDefinition, KindReading } from './credential-kind.ts'

/** Reads a value as a kind. A kind whose check throws finds the value malformed: what it threw is dropped, for it may quote the value. */
export const readAsKind = <T extends SecretValue>(kind: KindDefinition<T>, value: SecretValue): KindReading<T> => {
  try {
    return kind.read(value)
  } catch (error) {
    return { problems: [`the check of ${kind.name} failed with ${error instanceof Error ? error.name : typeof error}`] }
  }
}
