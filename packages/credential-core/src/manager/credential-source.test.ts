import { testCredentialSource } from '@holdfast/testkit'
import { createTestManager } from '../../test/support/manager.ts'

testCredentialSource({
  name: 'manager.source',
  async create() {
    const { manager } = createTestManager()
    let count = 1
    await manager.store('db', 'planted-value 1')
    return {
      source: manager.source('db'),
      async replace() {
        count += 1
        await manager.store('db', `planted-value ${count}`)
      },
      remove: async () => void (await manager.delete('db')),
      secrets: ['planted-value'],
      cleanup: () => manager.close(),
    }
  },
})
