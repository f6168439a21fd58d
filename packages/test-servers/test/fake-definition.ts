import { join } from 'node:path'
import { httpAnswer } from '../src/http-answer.ts'
import type { Installation, PlanContext, ServerDefinition } from '../src/server-definition.ts'

/** What the fake server says of itself. */
export interface FakeAnswer {
  readonly pid: number
  readonly starts: number
}

/** How a fake server is defined. */
export interface FakeOptions {
  readonly mode?: 'good' | 'dies' | 'never-ready' | 'hangs' | 'ignores-sigterm' | 'family'
  /** Ports instead of free ones. */
  readonly ports?: readonly number[]
  readonly installation?: Partial<Installation>
}

/** Asks the fake server at this address. */
export const askFake = async (url = ''): Promise<FakeAnswer> => JSON.parse(await httpAnswer(url))

/** A server whose program is this Node and a script beside this file. */
export const fakeDefinition = ({ mode = 'good', ports = [], installation }: FakeOptions = {}): ServerDefinition => {
  const waiting = [...ports]
  return {
    name: 'fake',
    title: 'Fake',
    environment: { FAKE_URL: 'FAKE_URL' },
    installation: {
      id: 'fake-1',
      cost: 'nothing',
      needs: [],
      findOnMachine: async () => ({ paths: { node: process.execPath } }),
      fetch: async () => {},
      programs: async () => ({ paths: { node: process.execPath } }),
      ...installation,
    },
    async plan({ programs, folder, freePort }: PlanContext) {
      const port = waiting.shift() ?? (await freePort())
      const url = `http://127.0.0.1:${port}`
      return {
        settings: { FAKE_URL: url, FAKE_FOLDER: folder },
        processes: [
          {
            name: 'fake',
            program: programs.paths.node ?? '',
            parameters: [join(import.meta.dirname, 'fake-server.ts')],
            environment: { FAKE_PORT: String(port), FAKE_FOLDER: folder, FAKE_MODE: mode, NODE_NO_WARNINGS: '1' },
            ready: async () => void (await askFake(url)),
          },
        ],
      }
    },
    version: async ({ FAKE_URL }) => `answered by a process: ${(await askFake(FAKE_URL)).pid > 0}`,
  }
}
