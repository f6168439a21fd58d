import { configurationJsonSchema } from '@holdfast/config'
import type { Command } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { safeJson } from '../safe-json.ts'

/** `holdfast schema`: the JSON Schema of the configuration file, for editors. */
export const schemaCommand: Command = {
  name: 'schema',
  usage: '',
  summary: 'print the JSON Schema of holdfast.config.json and .yaml, for editors',
  description: 'Save it beside the file and name it there: "$schema": "./holdfast.schema.json".',
  async run({ output }) {
    const schema = await configurationJsonSchema()
    output.raw(`${safeJson(schema)}\n`)
    return exitCodes.success
  },
}
