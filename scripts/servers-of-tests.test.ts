import { expect, it } from 'vitest'
import { withFiles } from './check-packages/fixture-workspace.ts'
import { loadWorkspace } from './check-packages/workspace.ts'
import { serversOfTests } from './servers-of-tests.ts'

it('finds the servers that tests name, each once, and none that the source names', async () => {
  const files = {
    'packages/one/package.json': '{"name":"@holdfast/one"}',
    'packages/one/src/one.ts': "useServer('kubernetes')",
    'packages/one/test/harness.ts': "export const server = await useServer('openbao')",
    'packages/one/test/one.integration.test.ts': [
      "describeWithServer('redis', (server) => {})",
      "describeWithOwnServer('redis', (start) => {})",
      'describeWithServer(name, () => {})',
    ].join('\n'),
    'packages/other/package.json': '{"name":"@holdfast/other"}',
    'packages/other/test/other.integration.test.ts': "const own = await startServer( 'postgres18')",
  }
  await withFiles(files, async (root) => {
    const { packages } = loadWorkspace(root)
    expect(serversOfTests(packages)).toEqual(['openbao', 'postgres18', 'redis'])
    expect(serversOfTests(packages.filter(({ folder }) => folder === 'other'))).toEqual(['postgres18'])
  })
})
