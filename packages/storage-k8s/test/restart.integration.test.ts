import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describeWithOwnServer } from '@holdfast/test-servers'
import { collect, sampleRecord, sampleText } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { k8sStorageOf, newNamespace } from './kubernetes-cluster.ts'

describeWithOwnServer('kubernetes', (start) => {
  it('SC-008, SC-009: what was acknowledged is there after Kubernetes and the writing process were killed', async () => {
    const server = await start()
    const namespace = await newNamespace(server.settings)
    const before = k8sStorageOf(server.settings, { namespace })
    const { version } = await before.store('db/main', sampleRecord('db/main'))
    await before.close()

    const writer = spawn(process.execPath, [join(import.meta.dirname, 'storing-process.ts')], {
      env: { ...process.env, ...server.settings, K8S_NAMESPACE: namespace },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const acknowledged: { readonly id: string; readonly version: string }[] = []
    for await (const line of createInterface({ input: writer.stdout })) {
      acknowledged.push(JSON.parse(line))
      // In the middle of the writes that follow.
      if (acknowledged.length === 30) await server.kill('SIGKILL')
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(30)
    if (writer.exitCode === null) {
      writer.kill('SIGKILL')
      await once(writer, 'exit')
    }
    await server.restart()

    const after = k8sStorageOf(server.settings, { namespace })
    for (const written of [{ id: 'db/main', version }, ...acknowledged]) {
      const found = await after.retrieve(written.id)
      expect([found.version, sampleText(found.value)]).toEqual([written.version, written.id])
    }
    // One more may have been written whose acknowledgement did not come; it is as whole as the others.
    const kept = await collect(after.list({ prefix: 'kept/' }))
    expect(kept.length - acknowledged.length).toBeOneOf([0, 1])
    for (const { id, metadata } of kept) expect(metadata?.id).toBe(id)
    await after.store('db/main', sampleRecord('db/main', { value: 'after' }), { ifVersion: version })
    await after.close()
  })
})
