import type { Area } from '../area.ts'
import { batchSubjects } from './batch-subjects.ts'
import { cachedRetrieveSubjects } from './cached-retrieve-subjects.ts'
import { localFileSubjects } from './local-file-subjects.ts'
import { sealingSubjects } from './sealing-subjects.ts'

/** The credential manager, sealing and local storage beside the least code that could do the job. */
export const area: Area = {
  description: 'The credential manager, its sealing and its local storage beside the least code that could do the job.',
  rows: [
    { name: 'cached retrieve', unit: 'ns', floor: 'resolved promise' },
    { name: 'seal and open 256 bytes', unit: '/s', floor: 'AES-GCM, fresh key' },
    { name: 'local store', unit: 'µs', floor: 'write, fsync, rename, fsync folder' },
    { name: 'local store, new id', unit: 'µs', floor: 'write, fsync, rename, fsync folder' },
    { name: 'local retrieve', unit: 'µs', floor: 'readFile' },
    { name: 'local retrieve, p95', unit: 'ms' },
    { name: 'retrieve 100, backend of 10 ms', unit: 'ms', floor: 'one by one' },
  ],
  subjects: [...cachedRetrieveSubjects, ...sealingSubjects, ...localFileSubjects, ...batchSubjects],
  goals: [
    { row: 'cached retrieve', subject: 'manager, cached', against: 'resolved promise', atMost: 3 },
    { row: 'seal and open 256 bytes', subject: 'sealer', against: 'AES-GCM, fresh key', atLeast: 0.7 },
    { row: 'local store', subject: 'storage-local', against: 'write, fsync, rename, fsync folder', atMost: 1.5 },
    { row: 'local retrieve', subject: 'storage-local', against: 'readFile', atMost: 2 },
    { row: 'local retrieve, p95', subject: 'storage-local', atMost: 10 },
    { row: 'retrieve 100, backend of 10 ms', subject: 'retrieveBatch', against: 'one by one', atMost: 0.1 },
  ],
}
