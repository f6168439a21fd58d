import { HoldfastError } from '@holdfast/contracts'
import { isMissing } from './load-provider.ts'

/** What is said when an optional peer is not installed. */
export interface ImportPeerOptions {
  readonly operation: string
  /** What needs it: the message goes on with `, which is not installed`. */
  readonly needs: string
  /** What else can be done, after the command that installs it: `, or set …`. */
  readonly orElse?: string
}

/** Loads an optional peer when it is needed. Errors: UNSUPPORTED with PROVIDER_NOT_INSTALLED when it is this package that is missing. */
export const importPeer = async <T>(
  packageName: string,
  load: () => Promise<T>,
  { operation, needs, orElse = '' }: ImportPeerOptions,
): Promise<T> => {
  try {
    return await load()
  } catch (error) {
    if (!isMissing(error, packageName)) throw error
    throw new HoldfastError({
      code: 'UNSUPPORTED',
      reason: 'PROVIDER_NOT_INSTALLED',
      source: 'config',
      operation,
      message: `${needs} ${packageName}, which is not installed.`,
      hint: `Install ${packageName} (npm install ${packageName})${orElse}.`,
      details: { packageName },
      cause: error,
    })
  }
}
