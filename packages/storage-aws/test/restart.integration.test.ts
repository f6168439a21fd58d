import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describeWithOwnServer } from '@holdfast/test-servers'
import { collect, sampleRecord, sampleText } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { clientFor, newPrefix, openOn } from './emulators.ts'

// The other emulator keeps its state at an orderly end only.
describeWithOwnServer('moto-recorded', (start) => {
  it('SC-008, SC-009: what was acknowledged is there after AWS and the writing process were killed', async () => {
    const server = await start()
    const prefix = newPrefix()
    const open = () => openOn(clientFor(server.settings, { name: 'moto' }), { prefix })
    const before = open()
    const first = await before.store('db/main', sampleRecord('db/main', { value: 'old' }))
    const second = await before.store('db/main', sampleRecord('db/main', { value: 'new' }), {
      ifVersion: first.version,
    })
    await before.store('db/gone', sampleRecord('db/gone'))
    await before.delete('db/gone')
    await before.close()

    const writer = spawn(process.execPath, [join(import.meta.dirname, 'storing-process.ts')], {
      env: { ...process.env, ...server.settings, HOLDFAST_AWS_PREFIX: prefix },
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

    const after = open()
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
