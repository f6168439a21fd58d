import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeWithServer } from '@holdfast/test-servers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { alertsFolder, readAlertRules } from './alert-rules.ts'

const [rulesFile, testsFile] = ['holdfast-alerts.yml', 'holdfast-alerts.test.yml']
const alerts = await readAlertRules()

describeWithServer('prometheus', ({ settings }) => {
  const { PROMTOOL = '' } = settings
  let folder = ''

  const promtool = (...parameters: readonly string[]): Promise<{ readonly code: number; readonly output: string }> =>
    new Promise((resolve) => {
      const child = execFile(PROMTOOL, parameters, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, output: `${stdout}${stderr}` }),
      )
    })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-alerts-'))
    await copyFile(join(alertsFolder, testsFile), join(folder, testsFile))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('finds nothing wrong with the rules', async () => {
    const { code, output } = await promtool('check', 'rules', join(alertsFolder, rulesFile))
    expect([code, output]).toEqual([0, expect.stringContaining(`SUCCESS: ${alerts.length} rules found`)])
    expect(alerts.length).toBeGreaterThan(10)
  })

  it('has them fire when they should, and be silent when they should', async () => {
    const { code, output } = await promtool('test', 'rules', join(alertsFolder, testsFile))
    expect([code, output]).toEqual([0, expect.stringContaining('SUCCESS')])
  })

  it.each([
    ['never', 'vector(0) == 1'],
    ['always', 'vector(1) == 1'],
  ])('would notice of each of them that it %s fires', async (_how, other) => {
    const rules = await readFile(join(alertsFolder, rulesFile), 'utf8')
    const broken = alerts.reduce(
      (text, { expression }) => text.replace(`expr: ${expression}\n`, `expr: ${other}\n`),
      rules,
    )
    await writeFile(join(folder, rulesFile), broken)
    const { code, output } = await promtool('test', 'rules', join(folder, testsFile))
    expect(code).not.toBe(0)
    // What was expected and what was got are printed with the names of the alerts.
    for (const { name } of alerts) expect(output).toMatch(new RegExp(`${name}\\b`))
  })
})

it('says of each how bad it is, what has happened, and what to do', () => {
  for (const { name, text } of alerts) {
    expect([name, /severity: (critical|warning|info)$/m.test(text)]).toEqual([name, true])
    for (const annotation of ['summary', 'description', 'runbook']) {
      const value = new RegExp(`^ +${annotation}: (.+)$`, 'm').exec(text)?.[1] ?? ''
      expect([name, annotation, value.length > 20]).toEqual([name, annotation, true])
    }
    // A sentence, not a word: what to look at and what to change.
    const runbook = /^ +runbook: (.+)$/m.exec(text)?.[1] ?? ''
    expect([name, runbook.endsWith('.'), runbook.split(' ').length > 12]).toEqual([name, true, true])
  }
})
