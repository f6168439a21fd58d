import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

// A workspace in a temporary folder whose npm and pnpm only write down what they were asked: nothing is fetched.
let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-bootstrap-'))
  write('package.json', '{"name":"fixture"}')
  write('pnpm-lock.yaml', 'lock: 1')
  write('pnpm-workspace.yaml', 'packages: []')
  write('packages/a/package.json', '{"name":"a"}')
  write('apps/b/package.json', '{"name":"b"}')
  write('tools/pnpm/package.json', '{"dependencies":{"pnpm":"11.28.11"}}')
  write('tools/node/package.json', '{}')
  mkdirSync(join(root, 'node_modules'))
  mkdirSync(join(root, 'scripts'))
  copyFileSync(join(import.meta.dirname, 'bootstrap.mjs'), join(root, 'scripts/bootstrap.mjs'))
  // Node is 20 for whoever loads this.
  write('old-node.mjs', "Object.defineProperty(process.versions, 'node', { value: '20.11.0' })")
  fakeProgram('pnpm', 'case "$1" in --version) echo "$FAKE_PNPM_VERSION";; *) sleep 0.3; exit "$FAKE_PNPM_EXIT";; esac')
  fakeProgram('npm', npmThatFetches)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** `npm ci` in .tools/node links this Node where the package would bring one; in .tools/pnpm it puts the other pnpm there. */
const npmThatFetches = [
  'case "$PWD" in',
  `*/node) mkdir -p "node_modules/node-${process.platform}-${process.arch}/bin"; ln -s "${process.execPath}" "node_modules/node-${process.platform}-${process.arch}/bin/node";;`,
  '*/pnpm) mkdir -p node_modules/.bin; cp "$FAKE_LOG.pnpm" node_modules/.bin/pnpm;;',
  'esac',
].join('\n')

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

const fakeProgram = (name: string, body: string): void => {
  write(`bin/${name}`, `#!/bin/sh\n[ "$1" = --version ] || echo "${name} $*" >> "$FAKE_LOG"\n${body}\n`)
  chmodSync(join(root, 'bin', name), 0o755)
  if (name === 'pnpm') {
    copyFileSync(join(root, 'bin/pnpm'), join(root, 'calls.pnpm'))
    chmodSync(join(root, 'calls.pnpm'), 0o755)
  }
}

const calls = (): readonly string[] =>
  existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8').trim().split('\n') : []

interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly output: string }>
}

const start = (
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  nodeParameters: readonly string[] = [],
): Started => {
  const child = spawn(process.execPath, [...nodeParameters, join(root, 'scripts/bootstrap.mjs'), ...command], {
    cwd: root,
    env: {
      PATH: [join(root, 'bin'), '/usr/bin', '/bin'].join(delimiter),
      FAKE_LOG: join(root, 'calls'),
      FAKE_PNPM_VERSION: '11.28.11',
      FAKE_PNPM_EXIT: '0',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, output }))
  return { child, ended }
}

const printing = (expression: string): readonly string[] => ['node', '-e', `console.log(${expression})`]

describe('fetching', () => {
  it('fetches nothing when a good Node and pnpm are present', async () => {
    const { code, output } = await start(printing('"ran"')).ended
    expect(code).toBe(0)
    expect(output).toContain('ran')
    expect(calls()).toEqual(['pnpm install --frozen-lockfile'])
    expect(existsSync(join(root, '.tools/node'))).toBe(false)
    expect(existsSync(join(root, '.tools/pnpm'))).toBe(false)
  })

  it('fetches a Node from the lockfile when this one is too old, and runs the command with it', async () => {
    const old = ['--import', join(root, 'old-node.mjs')]
    const { code, output } = await start(printing('process.env.PATH'), {}, old).ended
    expect(code).toBe(0)
    expect(calls()).toEqual([
      'npm ci --ignore-scripts --no-audit --no-fund --loglevel=error',
      'pnpm install --frozen-lockfile',
    ])
    const bin = join(root, '.tools/node/node_modules', `node-${process.platform}-${process.arch}`, 'bin')
    expect(output).toContain([join(root, 'node_modules/.bin'), bin].join(delimiter))
    await start(printing('1'), {}, old).ended
    expect(calls()).toHaveLength(2)
  })

  it('says what to do where npm has no Node for the platform', async () => {
    fakeProgram('npm', 'true')
    const { code, output } = await start(printing('"ran"'), {}, ['--import', join(root, 'old-node.mjs')]).ended
    expect(code).toBe(1)
    expect(output).toContain('install Node 24 yourself')
    expect(output).not.toContain('\nran')
  })

  it('fetches a pnpm when the one present has another major', async () => {
    const { code } = await start(printing('1'), { FAKE_PNPM_VERSION: '9.1.0' }).ended
    expect(code).toBe(0)
    expect(calls()).toEqual([
      'npm ci --ignore-scripts --no-audit --no-fund --loglevel=error',
      'pnpm install --frozen-lockfile',
    ])
    expect(existsSync(join(root, '.tools/pnpm/node_modules/.bin/pnpm'))).toBe(true)
  })
})

describe('installing', () => {
  const install = 'pnpm install --frozen-lockfile'

  it('happens once, and again when any manifest or the lockfile changes', async () => {
    await start([]).ended
    await start([]).ended
    expect(calls()).toEqual([install])
    for (const [index, file] of [
      'packages/a/package.json',
      'apps/b/package.json',
      'pnpm-lock.yaml',
      'package.json',
    ].entries()) {
      write(file, `{"changed":${index}}`)
      await start([]).ended
      await start([]).ended
      expect(calls(), file).toHaveLength(index + 2)
    }
  })

  it('that fails stops everything with its exit code and is tried again', async () => {
    const { code, output } = await start(printing('"ran"'), { FAKE_PNPM_EXIT: '3' }).ended
    expect(code).toBe(3)
    expect(output).toContain('failed (exit 3): pnpm install')
    expect(output).not.toContain('\nran')
    expect((await start(printing('"ran"')).ended).code).toBe(0)
    expect(calls()).toEqual([install, install])
  })

  it('happens once when two commands start at the same time, and both run', async () => {
    const both = await Promise.all([start(printing('"first"')).ended, start(printing('"second"')).ended])
    expect(both.map(({ code }) => code)).toEqual([0, 0])
    expect(both.map(({ output }) => output).join()).toMatch(/first[\s\S]*second/)
    expect(calls()).toEqual([install])
  })

  it('does not wait for a command that was killed while it installed', async () => {
    const dead = spawn(process.execPath, ['-e', ''])
    await once(dead, 'close')
    write('.tools/lock', String(dead.pid))
    const { code, output } = await start(printing('"ran"')).ended
    expect(code).toBe(0)
    expect(output).toContain('ran')
  })
})

describe('the command', () => {
  it('gives its exit code', async () => {
    expect((await start(['node', '-e', 'process.exit(7)']).ended).code).toBe(7)
  })

  it('is sent the signals, and the way it ended is passed on', async () => {
    const { child, ended } = start(['node', '-e', 'setInterval(() => {}, 1000); console.log("ready")'])
    await new Promise<void>((resolve) => {
      child.stdout?.on('data', (chunk: Buffer) => chunk.includes('ready') && resolve())
    })
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: null, signal: 'SIGTERM' })
  })

  it('that handles a signal decides itself how to end', async () => {
    const program = 'setInterval(() => {}, 1000); process.on("SIGINT", () => process.exit(5)); console.log("ready")'
    const { child, ended } = start(['node', '-e', program])
    await new Promise<void>((resolve) => {
      child.stdout?.on('data', (chunk: Buffer) => chunk.includes('ready') && resolve())
    })
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 5 })
  })

  it('sees none of npm’s own variables, and where the user stands', async () => {
    const environment = {
      npm_config_user_agent: 'npm',
      npm_lifecycle_event: 'start',
      npm_config_registry: 'http://localhost:1/',
      INIT_CWD: '/somewhere',
    }
    const names = 'JSON.stringify([Object.keys(process.env).filter((n) => /^npm_/i.test(n)), process.env.HOLDFAST_CWD])'
    const { output } = await start(printing(names), environment).ended
    expect(output).toMatch(/\[\["npm_config_registry"(,"npm_config_nodedir")?\],"\/somewhere"\]/)
  })

  it('that does not exist gives 127', async () => {
    const { code, output } = await start(['no-such-command']).ended
    expect(code).toBe(127)
    expect(output).toContain('no-such-command')
  })
})
