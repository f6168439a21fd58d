import { homedir } from 'node:os'
import { dirname } from 'node:path'
import { expect, it } from 'vitest'
import { cacheFolderFromEnvironment } from './cache-folder.ts'

it('is in the folder for caches of the user, unless a variable says otherwise', () => {
  const parent = (environment: NodeJS.ProcessEnv) => dirname(cacheFolderFromEnvironment(environment))
  expect(parent({})).toBe(`${homedir()}/.cache/holdfast`)
  expect(parent({ XDG_CACHE_HOME: '/caches' })).toBe('/caches/holdfast')
  expect(parent({ XDG_CACHE_HOME: '/caches', HOLDFAST_SERVERS_CACHE: '/mine' })).toBe('/mine')
  expect(parent({ HOLDFAST_SERVERS_CACHE: '' })).toBe(`${homedir()}/.cache/holdfast`)
})

it('is another for each release of the system and each kind of processor', () => {
  expect(cacheFolderFromEnvironment({})).toMatch(new RegExp(`^/.*/[a-z0-9.-]+-${process.arch}$`))
})
