import type { Finding } from './finding.ts'

/** Whether this Node is one of those the packages are tested on (`engines` of their package.json). */
export const checkNode = (version: string): Finding => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isSupported = (major === 22 && minor >= 22) || (major === 24 && minor >= 11) || major >= 26
  return isSupported
    ? { check: 'node', status: 'ok', message: `Node ${version}` }
    : {
        check: 'node',
        status: 'fail',
        message: `Node ${version} is not supported`,
        next: 'Install Node 24.11 or newer (22.22 or newer of the 22 line works too).',
      }
}
