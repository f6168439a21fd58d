import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { keyringId } from '@holdfast/credential-core'
import type { Command, Invocation } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { openVault, type Vault } from '../vault/open-vault.ts'

/** `holdfast init`: makes a vault and what opens it, and says where both are. */
export const initCommand: Command = {
  name: 'init',
  usage: '',
  summary: 'make an encrypted vault, and a key file unless a passphrase is given',
  description: [
    'Without HOLDFAST_PASSPHRASE, --ask-passphrase or --key-file a new key file (mode 0600) is written beside the folder of',
    'the store: .holdfast/store.key for the default. Whoever has the folder and the key can read everything, so keep them',
    'apart where it matters. A vault that exists already is opened and left as it is.',
  ].join('\n'),
  async run(invocation) {
    const vault = await openVault(invocation, { createIfMissing: true })
    try {
      const isNew = !(await vault.storage.exists(keyringId, { signal: invocation.signal }))
      const opened = await vault.keyring?.open({ signal: invocation.signal })
      if (vault.store.origin === 'default') await ignoreInGit(vault)
      report(invocation, vault, isNew, opened?.vaultId)
      return exitCodes.success
    } finally {
      await vault.close()
    }
  },
}

/** What lies in `.holdfast` is never to be committed, whatever the project's own ignore file says. */
const ignoreInGit = async ({ store }: Vault): Promise<void> => {
  const folder = dirname(String(store.directory))
  const file = join(folder, '.gitignore')
  if (existsSync(file)) return
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(file, '*\n')
}

const report = (
  { environment, output }: Invocation,
  vault: Vault,
  isNew: boolean,
  vaultId: string | undefined,
): void => {
  const { store, keyFile, storage, keyring } = vault
  const shown = (path: string): string => relative(environment.cwd, path) || '.'
  const place = store.directory === undefined ? storage.name : shown(store.directory)
  const lines = [
    isNew ? `Made a vault in ${place}.` : `There is a vault in ${place} already; it opens, and nothing was changed.`,
    ...(keyFile === undefined
      ? isNew && keyring !== undefined
        ? ['Nobody can open it without what locks it now: keep that safe, for there is no other way in.']
        : []
      : [
          `${isNew ? 'Its key is' : 'It was opened with the key'} in ${shown(keyFile)} (readable by you alone).`,
          'Whoever has both can read every secret: back the key up somewhere else, and on servers keep it apart',
          '(--key-file or HOLDFAST_KEY_FILE say where it is). Without it the vault cannot be opened by anybody.',
        ]),
    'Next: holdfast import .env, or holdfast set <id>.',
  ]
  output.result(
    {
      created: isNew,
      store: storage.name,
      ...(store.directory === undefined ? {} : { directory: store.directory }),
      ...(keyFile === undefined ? {} : { keyFile }),
      ...(vaultId === undefined ? {} : { vaultId }),
    },
    lines.join('\n'),
  )
}
