import { homedir } from 'node:os'
import { expect, it } from 'vitest'
import { cacheFolderFromEnvironment } from './cache-folder.ts'

it('is the folder for caches of the user, unless a variable says otherwise', () => {
  expect(cacheFolderFromEnvironment({})).toBe(`${homedir()}/.cache/holdfast`)
  expect(cacheFolderFromEnvironment({ XDG_CACHE_HOME: '/caches' })).toBe('/caches/holdfast')
  expect(cacheFolderFromEnvironment({ XDG_CACHE_HOME: '/caches', HOLDFAST_SERVERS_CACHE: '/mine' })).toBe('/mine')
  expect(cacheFolderFromEnvironment({ HOLDFAST_SERVERS_CACHE: '' })).toBe(`${homedir()}/.cache/holdfast`)
})
