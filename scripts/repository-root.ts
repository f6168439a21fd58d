import { dirname } from 'node:path'

/** The folder of the root package.json: every script works from here, wherever it was started. */
export const repositoryRoot: string = dirname(import.meta.dirname)
