import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { findPrograms } from '../src/find-programs.ts'
import type { Installation } from '../src/server-definition.ts'
import { ServerUnavailableError } from '../src/server-unavailable-error.ts'
import { fakeDefinition } from './fake-definition.ts'

let cacheFolder: string

beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'holdfast-cache-'))
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(cacheFolder, { recursive: true })
})

const lines: string[] = []
const find = (installation: Partial<Installation>) => {
  lines.length = 0
  const definition = fakeDefinition({ installation: { findOnMachine: async () => undefined, ...installation } })
  return findPrograms(definition, { progress: (line) => void lines.push(line), cacheFolder })
}

const problemOf = async (installation: Partial<Installation>): Promise<ServerUnavailableError> => {
  const outcome = await find(installation).catch((error: unknown) => error)
  if (outcome instanceof ServerUnavailableError) return outcome
  throw new Error(`not absent: ${String(outcome)}`)
}

it('takes what is on the machine first', async () => {
  const fetch = vi.fn(async () => {})
  const found = await find({ findOnMachine: async () => ({ paths: { node: '/usr/bin/node' } }), fetch })
  expect(found).toEqual({ origin: 'path', programs: { paths: { node: '/usr/bin/node' } } })
  expect(fetch).not.toHaveBeenCalled()
})

it('fetches once, and then takes it from the cache', async () => {
  const fetch = vi.fn<Installation['fetch']>(({ folder, progress }) => {
    progress('half way')
    return writeFile(join(folder, 'program'), '')
  })
  const programs: Installation['programs'] = async (folder) => ({ paths: { fake: join(folder, 'program') } })
  const expected = { origin: 'cache', programs: { paths: { fake: join(cacheFolder, 'fake-1/program') } } }
  expect(await find({ fetch, programs })).toEqual(expected)
  expect(lines[0]).toBe('fake: fetching fake-1 (nothing) …')
  expect(lines[1]).toBe('fake: half way')
  expect(lines[2]).toMatch(/^fake: fetching fake-1 \(nothing\): done in [\d.]+ s$/)
  expect(await find({ fetch, programs })).toEqual(expected)
  expect(lines).toEqual([])
  expect(fetch).toHaveBeenCalledTimes(1)
})

it('is absent when fetching is forbidden, and says which command gets it', async () => {
  vi.stubEnv('HOLDFAST_SERVERS_FETCH', 'never')
  const { message, reason, server } = await problemOf({})
  expect(reason).toBe('HOLDFAST_SERVERS_FETCH=never forbids to fetch it.')
  expect(server).toBe('fake')
  expect(message).toContain('npm run servers -- fetch fake')
})

it('is absent when a package client is missing', async () => {
  expect((await problemOf({ needs: ['a-client-nobody-has'] })).reason).toBe(
    'fetching it needs a-client-nobody-has, which is not on PATH.',
  )
})

it('is absent when its client fails, with the last lines and a log', async () => {
  const { reason } = await problemOf({
    fetch: async ({ run }) =>
      void (await run('sh', ['-c', 'echo looking; echo there is no such package >&2; exit 100'])),
  })
  expect(reason).toContain('sh -c failed (exit code 100)')
  expect(reason).toContain('there is no such package')
  expect(await readFile(join(cacheFolder, 'logs/fake-1.log'), 'utf8')).toContain('looking\nthere is no such package')
  expect(lines.at(-1)).toMatch(/failed after/)
})

it('leaves the processor to the tests while a client works', async () => {
  let niceness = ''
  await find({
    fetch: async ({ run }) => {
      niceness = await run('sh', ['-c', 'until [ $(nice) -ge 10 ]; do :; done; nice'])
    },
  })
  expect(Number(niceness)).toBeGreaterThanOrEqual(10)
})

it('ends its client when it is told to stop', async () => {
  const stop = new AbortController()
  const definition = fakeDefinition({
    installation: {
      findOnMachine: async () => undefined,
      fetch: async ({ run }) => void (await run('sleep', ['1000'])),
    },
  })
  const progress = (): void => stop.abort(new Error('enough'))
  await expect(findPrograms(definition, { progress, cacheFolder, signal: stop.signal })).rejects.toThrow('enough')
})
