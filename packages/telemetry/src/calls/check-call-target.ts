import type { Problems } from '@holdfast/contracts'
import type { CallTargetOptions } from './call-target.ts'

/** Notes what is wrong with the names that a layer was given. */
export const checkCallTarget = (problems: Problems, options: CallTargetOptions): void => {
  for (const name of ['package', 'backend', 'subject'] as const) {
    const given = options[name]
    problems.require(
      given === undefined || (typeof given === 'string' && given.length > 0),
      name,
      given,
      'text that is not empty',
    )
  }
}
