import { testCredentialStorage } from '@holdfast/testkit'
import { openDocumented } from '../test/support/open-documented.ts'

for (const recoveryWindowDays of [30, 0]) {
  testCredentialStorage({
    name: `storage-aws with a window of ${recoveryWindowDays} days, on what AWS documents`,
    async create() {
      const { storage, service } = openDocumented({ recoveryWindowDays, watchIntervalMs: 100 })
      const open = async () => openDocumented({ recoveryWindowDays, watchIntervalMs: 100 }, service).storage
      return { storage, open, cleanup: () => storage.close() }
    },
  })
}
