import type { PackageNames } from './package-names.ts'

/** Versions that the new manifest asks for: the ones the workspace has. */
export interface SkeletonVersions {
  readonly zod: string
  readonly vitest: string
  readonly node: string
}

/** The files of a new package, by path from the repository root, and its example. */
export const packageFiles = (
  names: PackageNames,
  description: string,
  versions: SkeletonVersions,
): Readonly<Record<string, string>> => {
  const at = `packages/${names.folder}`
  return {
    [`${at}/package.json`]: manifest(names, description, versions),
    [`${at}/tsconfig.json`]: '{ "extends": "../../tsconfig.base.json", "include": ["src", "test", "*.ts"] }\n',
    [`${at}/tsup.config.ts`]:
      "import { packageBuild } from '@holdfast/build-config'\n\nexport default packageBuild()\n",
    [`${at}/README.md`]: readme(names, description),
    [`${at}/src/index.ts`]: index(names),
    [`${at}/src/options.ts`]: options(names),
    [`${at}/src/errors.ts`]: errors(names),
    [`${at}/src/errors.test.ts`]: errorsTest(),
    [`${at}/src/${names.file}.ts`]: factory(names),
    [`${at}/src/${names.file}.test.ts`]: factoryTest(names),
    [`apps/examples/src/${names.file}.ts`]: example(names),
    [`.changeset/new-${names.folder}.md`]: `---\n"${names.package}": minor\n---\n\n${description}.\n`,
  }
}

const manifest = ({ folder, package: name }: PackageNames, description: string, versions: SkeletonVersions): string => {
  const fields = {
    name,
    version: '0.0.0',
    description,
    license: 'Apache-2.0',
    type: 'module',
    engines: { node: versions.node },
    repository: { type: 'git', url: 'git+https://github.com/holdfast/holdfast.git', directory: `packages/${folder}` },
    keywords: ['holdfast'],
    sideEffects: false,
    files: ['dist'],
    exports: { '.': './src/index.ts' },
    publishConfig: {
      access: 'public',
      exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    },
    scripts: { build: 'tsup' },
    dependencies: { '@holdfast/contracts': 'workspace:^', zod: versions.zod },
    devDependencies: {
      '@holdfast/build-config': 'workspace:*',
      '@holdfast/testkit': 'workspace:*',
      vitest: versions.vitest,
    },
  }
  return `${JSON.stringify(fields, undefined, 2)}\n`
}

const index = ({ file, type, factory: create, schema }: PackageNames): string =>
  `export { ${create}, type ${type} } from './${file}.ts'
export { type ${type}Options, ${schema} } from './options.ts'
`

const options = ({ type, factory: create, schema }: PackageNames): string =>
  `import { z } from 'zod'

/** The options of \`${create}\`; \`config\` makes the editors' JSON Schema from it. */
export const ${schema} = z.strictObject({
  /** What this instance is called in logs and errors. Default \`default\`. */
  label: z.string('text of 1 to 64 characters').min(1).max(64).default('default'),
})

/** Options of \`${create}\`. */
export type ${type}Options = z.input<typeof ${schema}>
`

const errors = ({ folder }: PackageNames): string =>
  `import { type ErrorCode, HoldfastError } from '@holdfast/contracts'

/** The package that speaks in the errors. */
export const source = '${folder}'

interface Translation {
  readonly code: ErrorCode
  readonly hint: string
}

/** Every condition of the backend and what it is called here. */
const translations: Readonly<Record<string, Translation>> = {
  ECONNREFUSED: { code: 'UNAVAILABLE', hint: 'Check that the backend runs and that its address is right.' },
}

/** What the backend's client threw, as the one error that leaves this package. */
export const toHoldfastError = (error: unknown, operation: string): HoldfastError => {
  if (HoldfastError.is(error)) return error
  const condition: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  const known = typeof condition === 'string' ? translations[condition] : undefined
  return new HoldfastError({
    code: known?.code ?? 'INTERNAL',
    source,
    operation,
    message: \`\${operation} failed.\`,
    hint: known?.hint ?? 'The cause says what the client reported; report it with the operation and the version.',
    cause: error,
  })
}
`

const errorsTest = (): string =>
  `import { HoldfastError } from '@holdfast/contracts'
import { expect, it } from 'vitest'
import { toHoldfastError } from './errors.ts'

const failure = (code: string): Error => Object.assign(new Error('planted'), { code })

it.each([
  ['ECONNREFUSED', 'UNAVAILABLE'],
  ['anything else', 'INTERNAL'],
])('translates %s to %s', (condition, code) => {
  expect(toHoldfastError(failure(condition), 'health')).toMatchObject({ code, operation: 'health' })
})

it('leaves an error that is translated already as it is', () => {
  const error = toHoldfastError(failure('ECONNREFUSED'), 'health')
  expect(toHoldfastError(error, 'close')).toBe(error)
  expect(HoldfastError.is(error)).toBe(true)
})
`

const factory = ({ type, factory: create, schema }: PackageNames): string =>
  `import {
  type Closeable,
  createCloser,
  type HealthCheckable,
  parseOptions,
  systemClock,
  toTimestamp,
} from '@holdfast/contracts'
import { source, toHoldfastError } from './errors.ts'
import { type ${type}Options, ${schema} } from './options.ts'

/** What {@link ${create}} makes. */
export interface ${type} extends HealthCheckable, Closeable {
  /** The driver and what it is bound to, for logs and errors. Never a secret. */
  readonly name: string
}

/** Makes a {@link ${type}}. Throws INVALID_ARGUMENT with every problem of the options at once. */
export const ${create} = (options: ${type}Options = {}): ${type} => {
  const { label } = parseOptions(${schema}, options, source, '${create}')
  const closer = createCloser({ source })
  return {
    name: \`\${source} (\${label})\`,
    health: () =>
      closer.run('health', async () => {
        const started = systemClock.monotonicNow()
        const reason = await probe()
        return {
          status: reason === undefined ? 'up' : 'down',
          ...(reason === undefined ? {} : { reason }),
          latencyMs: systemClock.monotonicNow() - started,
          checkedAt: toTimestamp(systemClock.wallNow()),
        }
      }),
    close: (closeOptions) => closer.close(closeOptions),
    [Symbol.asyncDispose]: () => closer.close(),
  }
}

/** Asks the backend the cheapest question it answers; says why it did not. */
const probe = async (): Promise<string | undefined> => {
  try {
    await Promise.resolve()
    return undefined
  } catch (error) {
    return toHoldfastError(error, 'health').message
  }
}
`

const factoryTest = ({ file, factory: create, folder }: PackageNames): string =>
  `import { expect, it } from 'vitest'
import { ${create} } from './${file}.ts'

it('says what it is and that it works', async () => {
  const instance = ${create}({ label: 'test' })
  expect(instance.name).toBe('${folder} (test)')
  expect(await instance.health()).toMatchObject({ status: 'up' })
  await instance.close()
})

it('rejects calls after close', async () => {
  const instance = ${create}()
  await instance.close()
  await expect(instance.health()).rejects.toMatchObject({ code: 'CLOSED' })
})

it('names every wrong option', () => {
  expect(() => ${create}({ label: '' })).toThrow(/label/)
})
`

const example = ({ package: name, factory: create }: PackageNames): string =>
  `// How do I reach it and see that it works?
import assert from 'node:assert/strict'

// #region example
import { ${create} } from '${name}'

const instance = ${create}({ label: 'example' })
const health = await instance.health()
console.log(instance.name, 'is', health.status)
await instance.close()
// #endregion example

assert.equal(health.status, 'up')
`

const readme = ({ package: name, folder, file }: PackageNames, description: string): string =>
  `# ${name}

${description}.

## Install

\`\`\`sh
npm install ${name}
\`\`\`

Run-time dependencies: \`@holdfast/contracts\`, and zod for the options.

## Example

<!-- include: apps/examples/src/${file}.ts#example -->
<!-- /include -->

## Options

| option | default | meaning |
| --- | --- | --- |
| \`label\` | \`default\` | what this instance is called in logs and errors |

## Capabilities

\`health()\` and \`close()\`.

## Errors

| condition | code |
| --- | --- |
| the connection is refused | \`UNAVAILABLE\` |
| anything else | \`INTERNAL\` |

## Permissions

None.

## What is proven

The table of errors and the life cycle, by the tests beside the source of \`${folder}\`.

## Limits

It holds nothing yet but its own name.
`
