// What does Holdfast do with a real .env? Seals it, lists it, runs a program with it, is attacked, and recovers.
// npm start [-- file.env]
import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { attackCopy } from './start/attack-copy.ts'
import { withVault } from './start/open-vault.ts'
import { heading } from './start/print.ts'
import { printCredentials } from './start/print-credentials.ts'
import { runHoldfast } from './start/run-holdfast.ts'
import { vaultLocation } from './start/vault-location.ts'

// Whoever reads the output may stop reading (| head): what was begun is still cleaned up.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

const data = join(import.meta.dirname, '../data')
const folder = process.cwd()
const [given] = process.argv.slice(2)
const file = given === undefined ? join(data, 'acme.env') : resolve(process.env.HOLDFAST_CWD ?? folder, given)
const shown = (path: string): string => relative(folder, path) || '.'

const orEnd = (status: number): void => {
  if (status === 0) return
  console.error(`\nStopped: the command above ended with ${status}. Nothing else was changed.`)
  process.exit(status)
}

const location = vaultLocation(folder)
if (existsSync(location.store)) heading(`1  The vault of an earlier run is used: ${shown(location.store)}`)
else {
  heading('1  An encrypted vault and its key', 'init')
  orEnd(runHoldfast(['init'], folder))
}

heading(`2  Every variable of ${shown(file)}, sealed`, `import ${shown(file)}`)
orEnd(runHoldfast(['import', file], folder))

heading('3  What is in the vault, without showing a value')
const { ids, variables } = await withVault(folder, printCredentials)

heading(
  '4  A program that prints its secrets in clear, encoded and in pieces, run with them',
  'run -- node careless-service.mjs',
)
if (variables.length === 0) console.log('Nothing in the vault is for a variable, so there is nothing to inject.')
else {
  const status = runHoldfast(['run', '--', process.execPath, join(data, 'careless-service.mjs'), ...variables], folder)
  if (status !== 0) {
    console.error(`The program ended with ${status}: variables such as NODE_OPTIONS or PATH change how it runs.`)
    process.exitCode = status
  }
}

heading('5  An attack on the disk')
const [target] = ids
if (target === undefined) console.log('There is nothing to attack: the vault is empty.')
else await attackCopy(folder, target)

heading('Where things are')
console.log(`vault       ${shown(location.store)} (a folder for each credential, a sealed file for each version)
key         ${shown(location.keyFile)} (mode 0600; who has both has everything: keep it elsewhere on servers)
settings    ${shown(file)} (${given === undefined ? 'the example of this repository' : 'still there: delete it when nothing needs it any more'})

What to try next
  npm start                                       again: nothing is imported twice
  npm run holdfast -- ${target === undefined ? 'list' : `get ${target} --reveal`}
  npm run holdfast -- set db/new                  typed or piped in, never an argument
  npm run holdfast -- run -- node your-server.js
  npm run holdfast -- doctor
  docs/concepts.md, apps/examples/src             the same from your own code`)
