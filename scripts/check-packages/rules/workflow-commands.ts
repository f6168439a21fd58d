import { parse } from 'yaml'
import type { Rule } from '../rule.ts'
import type { TextFile } from '../workspace.ts'

/** Workflows parse, run commands that exist in the root manifest, and pin what they use by commit. */
export const workflowCommands: Rule = {
  name: 'workflow-commands',
  why: 'A workflow breaks where nobody can run it, and an action named by tag can be replaced under us.',
  *check({ files }) {
    const manifest: unknown = JSON.parse(files.find(({ path }) => path === 'package.json')?.text ?? '{}')
    const scripts = new Set(Object.keys(recordAt(manifest, 'scripts')))
    for (const file of files) {
      if (!/^\.github\/workflows\/.+\.ya?ml$/.test(file.path) && file.path !== '.ci/run') continue
      const commands = file.path === '.ci/run' ? [file.text] : [...stringsNamed(parsed(file), 'run')]
      for (const name of commands.flatMap(npmScripts)) {
        if (!scripts.has(name))
          yield { path: file.path, message: `runs "npm run ${name}", which package.json does not have` }
      }
      if (file.path === '.ci/run') continue
      for (const action of stringsNamed(parsed(file), 'uses')) {
        if (!action.startsWith('./') && !/@[0-9a-f]{40}$/.test(action)) {
          yield { path: file.path, message: `uses ${action}; pin it by the 40 digits of its commit` }
        }
      }
    }
  },
}

const parsed = (file: TextFile): unknown => parse(file.text)

const npmScripts = (command: string): readonly string[] =>
  [...command.matchAll(/\bnpm (?:run (?:--?[\w-]+ )*([\w-]+)|(test|start))\b/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  )

const stringsNamed = function* (value: unknown, name: string): Generator<string> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    if (key === name && typeof inner === 'string') yield inner
    else yield* stringsNamed(inner, name)
  }
}

const recordAt = (value: unknown, name: string): object => {
  const inner: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  return typeof inner === 'object' && inner !== null ? inner : {}
}
