import { z } from 'zod'
import { builtInProviders } from './built-in-providers.ts'
import { configurationSchema } from './configuration.ts'
import { loadProvider, type StorageProviders } from './load-provider.ts'
import type { StorageProvider } from './storage-provider.ts'

/** A JSON Schema, as data. */
export type JsonSchema = Readonly<Record<string, unknown>>

/**
 * The JSON Schema (draft 2020-12) of a configuration file, made from the zod schemas of this package and of every
 * provider that is installed, for editors: name the file that holds it in `$schema`. Options that only code can give (a
 * clock, a logger, `providers`) are left out.
 */
export const configurationJsonSchema = async (providers: StorageProviders = {}): Promise<JsonSchema> => {
  const schema = jsonSchemaOf(configurationSchema.omit({ providers: true, store: true }))
  const stores = await Promise.all(
    [...new Set([...Object.keys(builtInProviders), ...Object.keys(providers)])].map((name) =>
      storeSchema(name, providers),
    ),
  )
  const properties = Reflect.get(schema, 'properties')
  return {
    ...schema,
    title: 'Configuration of Holdfast',
    properties: {
      ...(typeof properties === 'object' ? properties : {}),
      store: {
        description: 'Where the credentials are: a URL such as file:./secrets, or a provider with its options.',
        anyOf: [{ type: 'string', pattern: '^[a-z][a-z0-9+.-]*:' }, ...stores],
      },
    },
    required: ['store'],
  }
}

const storeSchema = async (name: string, providers: StorageProviders): Promise<JsonSchema> => {
  const provider = { const: name }
  const anything = { type: 'object', properties: { provider }, required: ['provider'] }
  let loaded: StorageProvider
  try {
    loaded = await loadProvider(name, providers)
  } catch {
    // Not installed, or broken: its options are not known here, and saying why is the business of openStorage.
    return anything
  }
  const { optionsSchema } = loaded
  if (!isZodSchema(optionsSchema)) return anything
  const { $schema: _, ...options } = jsonSchemaOf(optionsSchema)
  const properties: unknown = options.properties
  const mayComeFromElsewhere = loaded.optionsFromEnvironment !== undefined
  return {
    ...options,
    properties: { provider, ...(typeof properties === 'object' ? properties : {}) },
    required: ['provider', ...(Array.isArray(options.required) && !mayComeFromElsewhere ? options.required : [])],
  }
}

const jsonSchemaOf = (schema: z.ZodType): Readonly<Record<string, unknown>> =>
  z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // Functions and instances have no form in JSON, so a file cannot hold them.
      for (const [name, property] of Object.entries(jsonSchema.properties ?? {})) {
        if (typeof property === 'object' && Object.keys(property).length === 0) delete jsonSchema.properties?.[name]
      }
    },
  })

/** Recognises a zod 4 schema by its core, also one of another copy of zod: third parties bring their own. */
const isZodSchema = (schema: unknown): schema is z.ZodType =>
  typeof schema === 'object' && schema !== null && '_zod' in schema
