import { join } from 'node:path'
import type { FetchContext } from '../server-definition.ts'

// No C compiler, no paths of this machine, no debugging symbols: smaller, and the same everywhere.
const buildParameters = ['-trimpath', '-buildvcs=false']
const environment = { CGO_ENABLED: '0' }

/** Builds the program of a Go module that is committed here, with its versions pinned by go.mod and go.sum. */
export const buildGoModule = async (
  { folder, run }: FetchContext,
  options: { readonly module: string; readonly program: string; readonly linkerFlags?: readonly string[] },
): Promise<void> => {
  const linkerFlags = ['-s', '-w', ...(options.linkerFlags ?? [])].join(' ')
  const output = join(folder, 'bin', options.program)
  await run('go', ['build', ...buildParameters, '-ldflags', linkerFlags, '-o', output, '.'], {
    directory: options.module,
    environment,
  })
}

/** Builds a published Go program, given as `path@version`. */
export const installGoProgram = async ({ folder, run }: FetchContext, program: string): Promise<void> => {
  await run('go', ['install', ...buildParameters, '-ldflags', '-s -w', program], {
    environment: { ...environment, GOBIN: join(folder, 'bin') },
  })
}
