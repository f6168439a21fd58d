import { HoldfastError } from '@holdfast/contracts'
import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'
import type { Command, Invocation } from '../command.ts'
import { checkKeyFile } from '../doctor/check-key-file.ts'
import { checkNode } from '../doctor/check-node.ts'
import { checkRecords } from '../doctor/check-records.ts'
import { checkFolder, checkStore } from '../doctor/check-store.ts'
import type { Finding } from '../doctor/finding.ts'
import { exitCodes } from '../exit-code.ts'
import { explainDamage } from '../vault/explain-damage.ts'
import { openVault, type Vault } from '../vault/open-vault.ts'

/** `holdfast doctor`: looks at everything a vault needs, and says what to do about what is wrong. */
export const doctorCommand: Command = {
  name: 'doctor',
  usage: '',
  summary: 'look at Node, store, permissions, key and every record, and say what to do',
  description: `Nothing is changed. Ends with ${exitCodes.checkFailed} when something does not work.`,
  async run(invocation) {
    const { output } = invocation
    const findings = [checkNode(process.versions.node), ...(await examine(invocation))]
    const failed = findings.filter(({ status }) => status === 'fail').length
    const lines = findings.flatMap(({ check, status, message, next }) => [
      `${marks[status]} ${check}: ${message}`,
      ...(next === undefined ? [] : [`       next: ${next}`]),
    ])
    output.result(
      { findings, failed },
      [...lines, failed === 0 ? 'Nothing is wrong.' : `${failed} of ${findings.length} checks failed.`].join('\n'),
    )
    return failed === 0 ? exitCodes.success : exitCodes.checkFailed
  },
}

const marks = { ok: 'ok    ', warn: 'warn  ', fail: 'FAIL  ' } as const

const examine = async (invocation: Invocation): Promise<readonly Finding[]> => {
  let vault: Vault
  try {
    vault = await openVault(invocation)
  } catch (error) {
    return [failing('store', error)]
  }
  try {
    return await examineVault(invocation, vault)
  } finally {
    await vault.close()
  }
}

const examineVault = async (invocation: Invocation, vault: Vault): Promise<readonly Finding[]> => {
  const { environment, output, signal } = invocation
  const { manager, storage, keyring, store, keyFile } = vault
  const findings = [await checkStore(storage, signal)]
  if (store.directory !== undefined) {
    findings.push(...(await checkFolder(store.directory, await countQuarantined(storage, signal))))
  }
  if (keyFile !== undefined) findings.push(await checkKeyFile(keyFile, store.directory))
  try {
    const opened = await keyring?.open({ signal })
    findings.push({
      check: 'keyring',
      status: 'ok',
      message: opened === undefined ? 'none: values are stored readable' : `vault ${opened.vaultId} opens`,
    })
  } catch (error) {
    // Without the keys no record can be opened: saying so for each would hide the one thing that is wrong.
    return [...findings, failing('keyring', error)]
  }
  const progress = (done: number): void => {
    if (done % 100 === 0) output.progress(`opened ${done} records`)
  }
  return [...findings, ...(await checkRecords(manager, environment.clock.wallNow(), signal, progress))]
}

/** What a store has set aside as damaged; most stores cannot. */
const countQuarantined = async ({ quarantined }: AnyCredentialStorage, signal: AbortSignal): Promise<number> => {
  let count = 0
  if (quarantined !== undefined) for await (const _ of quarantined({ signal })) count += 1
  return count
}

const failing = (check: string, error: unknown): Finding => {
  if (!HoldfastError.is(error) || error.code === 'CANCELLED') throw error
  const { message, hint } = explainDamage(error)
  return { check, status: 'fail', message: message.slice(0, -hint.length).trim(), next: hint }
}
