export type { FileStatus, FileSystem, WritableFile } from './file-system.ts'
export { createNodeFileSystem } from './node-file-system.ts'
