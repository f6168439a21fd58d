import { readFileSync } from 'node:fs'

/** The version of this package, from its package.json, which lies one folder up from the sources and from what is built of them. */
export const programVersion = (): string => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return String(Reflect.get(Object(manifest), 'version'))
}
