import type { SecretValue } from '@holdfast/contracts'

/** What a field of a credential made of several parts has to be. */
export interface FieldRule {
  readonly type: 'string' | 'number'
  /** Default false. */
  readonly optional?: boolean
  /** Says what is wrong with it, without showing it; undefined when nothing is. */
  readonly check?: (value: string | number) => string | undefined
}

/** The fields of a credential made of several parts, checked, or everything that is wrong with them. */
export type FieldsReading =
  | { readonly fields: Readonly<Record<string, string | number>>; readonly problems?: undefined }
  | { readonly problems: readonly string[]; readonly fields?: undefined }

/** Checks plain data against rules, field by field. Fields without a rule are a problem: a misspelt name must not pass. */
export const readFields = (value: SecretValue, rules: Readonly<Record<string, FieldRule>>): FieldsReading => {
  const names = Object.keys(rules)
  if (typeof value !== 'object' || value instanceof Uint8Array || Array.isArray(value)) {
    return { problems: [`must be an object with ${names.join(', ')}`] }
  }
  const problems: string[] = []
  const fields: Record<string, string | number> = {}
  // Its name is not shown: with keys and values exchanged by mistake it would be the secret.
  if (Object.keys(value).some((name) => !Object.hasOwn(rules, name)))
    problems.push(`must have no fields but ${names.join(', ')}`)
  for (const [name, { type, optional = false, check }] of Object.entries(rules)) {
    const field: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
    if (field === undefined) {
      if (!optional) problems.push(`${name} is missing`)
    } else if (typeof field !== 'string' && typeof field !== 'number') problems.push(`${name} must be a ${type}`)
    else if (typeof field !== type) problems.push(`${name} must be a ${type}`)
    else {
      const problem = check?.(field)
      if (problem === undefined) fields[name] = field
      else problems.push(`${name} ${problem}`)
    }
  }
  return problems.length === 0 ? { fields } : { problems }
}
