import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describeWithOwnServer } from '@holdfast/test-servers'
import { collect, sampleRecord, sampleText } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { azureStorageOf, newPrefix } from './azure-vault.ts'

describeWithOwnServer('key-vault', (start) => {
  it('SC-008, SC-009: what was acknowledged is there after the vault and the writing process were killed', async () => {
    const server = await start()
    const prefix = newPrefix()
    const before = azureStorageOf(server.settings, { prefix })
    const first = await before.store('db/main', sampleRecord('db/main', { value: 'old' }))
    const second = await before.store('db/main', sampleRecord('db/main', { value: 'new' }))
    await before.store('db/gone', sampleRecord('db/gone'))
    await before.delete('db/gone')
    await before.close()

    const script = join(import.meta.dirname, 'storing-process.ts')
    const { KEY_VAULT_CA = '', ...environment } = server.settings
    const writer = spawn(process.execPath, [script, prefix, KEY_VAULT_CA], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const acknowledged: { readonly id: string; readonly version: string }[] = []
    for await (const line of createInterface({ input: writer.stdout })) {
      acknowledged.push(JSON.parse(line))
      // In the middle of the writes that follow.
      if (acknowledged.length === 30) await server.kill('SIGKILL')
    }
    if (writer.exitCode === null) {
      writer.kill('SIGKILL')
      await once(writer, 'exit')
    }
    await server.restart()

    const after = azureStorageOf(server.settings, { prefix })
    for (const { id, version } of acknowledged) {
      const found = await after.retrieve(id)
      expect([found.version, sampleText(found.value)]).toEqual([version, id])
    }
    expect(sampleText((await after.retrieve('db/main', { version: first.version })).value)).toBe('old')
    expect((await after.retrieve('db/main')).version).toBe(second.version)
    expect((await collect(after.listDeleted())).map(({ id }) => id)).toEqual(['db/gone'])
    const kept = (await collect(after.list({ prefix: 'kept/' }))).filter(({ metadata }) => metadata !== undefined)
    // One more may have been written whose acknowledgement did not come.
    expect(kept.length - acknowledged.length).toBeOneOf([0, 1])
    await after.recover('db/gone')
    expect(sampleText((await after.retrieve('db/gone')).value)).toBe('db/gone')
  })
})
