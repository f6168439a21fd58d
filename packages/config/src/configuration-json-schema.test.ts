import { expect, test } from 'vitest'
import { z } from 'zod'
import { configurationJsonSchema } from './configuration-json-schema.ts'

test('the JSON Schema describes the file and every installed provider, and leaves out what only code can give', async () => {
  const schema = await configurationJsonSchema({
    acme: async () => ({
      createStorage: () => {
        throw new Error('not called')
      },
      optionsSchema: z.strictObject({ size: z.int(), clock: z.custom().optional() }),
    }),
    broken: () => Promise.reject(new Error('not installed')),
  })
  const text = JSON.stringify(schema)
  expect(schema).toMatchObject({ type: 'object', required: ['store'], additionalProperties: false })
  expect(schema).toMatchObject({
    properties: { telemetry: { properties: { maxTenants: { type: 'integer' }, buckets: { type: 'array' } } } },
  })
  const stores: unknown = Reflect.get(Object(Reflect.get(Object(schema.properties), 'store')), 'anyOf')
  if (!Array.isArray(stores)) throw new Error('no stores')
  const named = (name: string): unknown =>
    stores.find((store) => Reflect.get(Object(Reflect.get(Object(store), 'properties')), 'provider')?.const === name)
  expect(named('local')).toMatchObject({
    additionalProperties: false,
    required: ['provider'],
    properties: { directory: { type: 'string' }, keepVersions: { type: 'integer', minimum: 1 } },
  })
  expect(named('acme')).toMatchObject({ required: ['provider', 'size'], properties: { size: { type: 'integer' } } })
  // What the environment may say need not stand in the file.
  expect(named('vault')).toMatchObject({ required: ['provider'], properties: { address: { type: 'string' } } })
  expect(named('broken')).toEqual({
    type: 'object',
    properties: { provider: { const: 'broken' } },
    required: ['provider'],
  })
  expect(text).not.toMatch(/"(?:clock|logger|metrics|environment|fileSystem|providers)"/)
})
