export { collect } from './collect.ts'
export { createFakeClock, type FakeClock, type FakeClockOptions } from './fake-clock.ts'
export {
  createFaultFileSystem,
  type FaultFileSystem,
  type FaultFileSystemOptions,
  type FileFault,
  type FileOperation,
} from './fault-file-system.ts'
export type { CrashKeep } from './fault-file-system-tree.ts'
export { secretEquality } from './secret-equality.ts'
