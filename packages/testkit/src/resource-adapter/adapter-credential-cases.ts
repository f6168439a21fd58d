import { expectRejection } from '../expect-rejection.ts'
import { within } from '../within.ts'
import { present } from './present.ts'
import type { ResourceAdapterCase } from './resource-adapter-harness.ts'
import { untilOpen } from './until-open.ts'

/** Who the other side takes an adapter for. */
export const adapterCredentialCases: readonly ResourceAdapterCase[] = [
  {
    name: 'credentials: wrong ones are UNAUTHENTICATED, shown nowhere, and leave nothing open',
    needs: ['wrongCredentials'],
    async run(subject) {
      const { create, open, wrongCredentials, secrets, patienceMs } = subject
      const before = await open()
      const credentials = present(wrongCredentials, 'wrongCredentials')
      const creating = () => within(create({ credentials }), patienceMs, 'create')
      await expectRejection(creating, { code: 'UNAUTHENTICATED', operation: 'create', secrets })
      await untilOpen(subject, before, 'after credentials were refused')
    },
  },
  {
    name: 'credentials: each create uses those it is given, and none from before',
    needs: ['wrongCredentials'],
    async run({ create, use, wrongCredentials, secrets }) {
      await use(await create())
      const credentials = present(wrongCredentials, 'wrongCredentials')
      await expectRejection(() => create({ credentials }), { code: 'UNAUTHENTICATED', operation: 'create', secrets })
      await use(await create())
    },
  },
  {
    name: 'credentials: where none are given create says so, and lets nobody in',
    needs: ['wrongCredentials'],
    async run({ create, secrets }) {
      await expectRejection(() => create({ credentials: {} }), {
        code: ['INVALID_ARGUMENT', 'UNAUTHENTICATED'],
        operation: 'create',
        secrets,
      })
    },
  },
]
