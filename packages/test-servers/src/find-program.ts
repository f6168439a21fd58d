import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )

const searchPathFromEnvironment = (): readonly string[] => (process.env.PATH ?? '').split(delimiter)

/** The absolute path of a program on PATH, or in one of `folders` that come after it. */
export const findProgram = async (name: string, folders: readonly string[] = []): Promise<string | undefined> => {
  for (const folder of [...searchPathFromEnvironment(), ...folders]) {
    if (folder !== '' && (await isExecutable(join(folder, name)))) return join(folder, name)
  }
  return undefined
}
