import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Options } from 'tsup'

/**
 * The tsup options of the package in the current folder: one entry per path of its `exports`, ES modules, declarations,
 * and source maps. `exports` names sources (`./src/cache.ts`), the published map names `./dist/cache.js`.
 */
export const packageBuild = (directory: string = process.cwd()): Options => {
  const manifest: unknown = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  return {
    entry: entriesOf(manifest),
    format: ['esm'],
    target: 'node22',
    platform: 'node',
    dts: true,
    sourcemap: true,
    clean: true,
    splitting: true,
    treeshake: true,
  }
}

const entriesOf = (manifest: unknown): Record<string, string> => {
  const sources = [
    ...stringsIn(field(manifest, 'exports')),
    ...stringsIn(field(field(manifest, 'holdfast'), 'entries')),
  ]
  return Object.fromEntries(
    sources
      .filter((source) => source.startsWith('./src/'))
      .map((source) => [source.replace(/^\.\/src\//, '').replace(/\.ts$/, ''), source]),
  )
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

const stringsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(stringsIn)
}
