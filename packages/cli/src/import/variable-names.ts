/** What an environment variable may be called (POSIX, Base Definitions 8.1, with lower case as every shell allows). */
export const isVariableName = (text: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(text)

/**
 * The id an imported variable gets when nothing says another: `STRIPE_API_KEY` becomes `stripe-api-key`, and
 * `DB__MAIN` becomes `db/main`. A name that this would change beyond recognition (lower case, leading or tripled
 * underscores) is kept as it is, after `env:` where it could be taken for the id of another variable. A name that is no
 * variable name (a JSON key, a file name) is the id itself. {@link nameOfId} turns every one of them back.
 */
export const idOfName = (name: string): string => {
  if (/^[A-Z][A-Z0-9]*(?:__?[A-Z0-9]+)*$/.test(name)) {
    return name.toLowerCase().replaceAll('__', '/').replaceAll('_', '-')
  }
  return isVariableName(name) && isDerived(name) ? `env:${name}` : name
}

/** The name whose {@link idOfName} is this id: what an export calls a credential that has no variable of its own. */
export const nameOfId = (id: string): string => {
  if (id.startsWith('env:')) return id.slice(4)
  return isDerived(id) ? id.replaceAll('/', '__').replaceAll('-', '_').toUpperCase() : id
}

const isDerived = (id: string): boolean => /^[a-z][a-z0-9]*(?:[-/][a-z0-9]+)*$/.test(id)
