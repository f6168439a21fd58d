import { hash } from 'node:crypto'
import { createEncodedNames, type EncodedNames } from '@holdfast/contracts/credentials'

/** Names of Key Vault are `[0-9A-Za-z-]`, 1 to 127 characters, compared without case (https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#vault-name-and-object-name). */
const maxNameLength = 127

/** Longest prefix: the name limit less `-p-`, two hyphens and the 64 digits of a hash. */
export const maxPrefixLength = 58

/** Makes the names of a storage in a vault. */
export const createSecretNames = (prefix: string): EncodedNames =>
  createEncodedNames({ prefix, maxLength: maxNameLength, hash: (text) => hash('sha256', text, 'hex') })
