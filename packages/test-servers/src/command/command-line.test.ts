import { describe, expect, it } from 'vitest'
import { serverDefinitions } from '../server-definitions.ts'
import { parseCommand } from './command-line.ts'
import { helpText } from './help-text.ts'

const names = (words: readonly string[]) => parseCommand(words).definitions.map(({ name }) => name)

describe('npm run servers', () => {
  it('shows help without words and with --help anywhere', () => {
    for (const words of [[], ['help'], ['--help'], ['-h'], ['up', '--help']])
      expect(parseCommand(words).verb).toBe('help')
    for (const { name } of serverDefinitions) expect(helpText()).toContain(name)
  })

  it('takes servers by name, each once', () => {
    expect(parseCommand(['up', 'redis', 'postgres', 'redis']).verb).toBe('up')
    expect(names(['up', 'redis', 'postgres', 'redis'])).toEqual(['redis', 'postgres'])
  })

  it('lists and fetches all without names, and starts none', () => {
    for (const verb of ['list', 'fetch']) expect(names([verb])).toHaveLength(serverDefinitions.length)
    expect(() => parseCommand(['up'])).toThrow('npm run servers -- up redis postgres')
  })

  it('says what there is instead of what there is not', () => {
    expect(() => parseCommand(['start', 'redis'])).toThrow('There are: up, fetch, list, help')
    expect(() => parseCommand(['up', 'rediss'])).toThrow(/no test server "rediss".*redis-cluster/s)
    expect(() => parseCommand(['up', 'redis', '--detach'])).toThrow('no option --detach')
  })
})
