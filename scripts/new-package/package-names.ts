/** The names that follow from the name of a package by the rules of this repository. */
export interface PackageNames {
  /** `storage-acme`. */
  readonly folder: string
  /** `@holdfast/storage-acme`. */
  readonly package: string
  /** The file of its one idea, without extension: `acme-storage`. */
  readonly file: string
  /** `AcmeStorage`. */
  readonly type: string
  /** `createAcmeStorage`. */
  readonly factory: string
  /** `acmeStorageOptionsSchema`. */
  readonly schema: string
}

/** `<group>-<product>` is a product's noun turned round: `storage-acme` holds `createAcmeStorage`. */
export const packageNames = (folder: string): PackageNames => {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(folder)) {
    throw new Error(`"${folder}" is no package name: lower-case words joined by hyphens, <group>-<product>`)
  }
  const [group = '', ...product] = folder.split('-')
  const words = [...product, group]
  const type = words.map(capitalised).join('')
  return {
    folder,
    package: `@holdfast/${folder}`,
    file: words.join('-'),
    type,
    factory: `create${type}`,
    schema: `${type.charAt(0).toLowerCase()}${type.slice(1)}OptionsSchema`,
  }
}

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
