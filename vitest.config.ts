import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { SlowFilesLast } from './packages/test-servers/src/slow-files-last.ts'

const root = import.meta.dirname
const packages = readdirSync(join(root, 'packages'))

export default defineConfig({
  test: {
    sequence: { sequencer: SlowFilesLast },
    globalSetup: [join(root, 'packages/test-servers/src/global-setup.ts')],
    projects: [...packages.map((name) => `packages/${name}`), 'scripts', 'apps'].map((folder) => ({
      test: {
        name: folder.replace(/^packages\//, ''),
        root: join(root, folder),
        include: ['**/*.test.ts'],
        setupFiles: [join(root, 'packages/testkit/src/vitest-setup.ts')],
        testTimeout: 60_000,
        hookTimeout: 60_000,
      },
    })),
    coverage: {
      provider: 'v8',
      // One red test must not hide what the others cover.
      reportOnFailure: true,
      // Relative to this file when all projects run, to each project when they are named.
      include: ['packages/*/src/**/*.ts', 'src/**/*.ts'],
      exclude: ['**/*.test.ts', 'packages/build-config/**'],
      reporter: ['text-summary', 'json-summary', 'json'],
      reportsDirectory: join(root, 'coverage'),
    },
  },
})
