import type { InstalledPackage } from './installed-packages.ts'

/** Scopes of the clients of backends, and the one driver whose install they may be in. */
const ownerOfScope: Readonly<Record<string, string>> = {
  '@aws-sdk': '@holdfast/storage-aws',
  '@smithy': '@holdfast/storage-aws',
  '@azure': '@holdfast/storage-azure',
  '@kubernetes': '@holdfast/storage-k8s',
}

/** What an install of this driver alone should not contain: the client of another backend, another driver, a layer. */
export const foreignPackages = (driver: string, installed: readonly InstalledPackage[]): readonly string[] =>
  installed
    .map(({ name }) => name)
    .filter((name) => {
      const [scope = ''] = name.split('/')
      if (scope === '@holdfast') return name !== driver && name !== '@holdfast/contracts'
      const owner = ownerOfScope[scope]
      return owner !== undefined && owner !== driver
    })
