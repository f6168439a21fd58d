#!/usr/bin/env node
// Runs on any Node >= 18 that has npm, with nothing installed: picks a Node new enough, picks a pnpm of the right
// major, installs the workspace when a manifest changed, then runs its arguments with signals and exit code passed through.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const tools = join(root, '.tools')
const log = (message) => process.stderr.write(`[bootstrap] ${message}\n`)

const fail = (message, status = 1) => {
  log(message)
  process.exit(status)
}

// The range of "engines": what tsup 9 and the client libraries of later packages ask for together.
const isGoodNode = (version) => {
  const [major, minor] = version.split('.').map(Number)
  return (major === 22 && minor >= 22) || (major === 24 && minor >= 11) || major >= 26
}

// npm hands its settings down as npm_* variables; pnpm would read them as its own.
const keep = /^npm_config_(registry|cache|cafile|.*proxy)$/i
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) || keep.test(name)))

const run = (command, args, cwd) => {
  const result = spawnSync(command, args, { cwd, env, stdio: ['ignore', 2, 2] })
  if (result.error || result.status !== 0) {
    fail(
      `failed (${result.error?.message ?? `exit ${result.status}`}): ${command} ${args.join(' ')}`,
      result.status || 1,
    )
  }
}

// `npm ci` from a committed lockfile: an exact version with its sha512. Neither tool needs an install script.
const fetchTool = (name) => {
  const started = Date.now()
  cpSync(join(root, 'tools', name), join(tools, name), { recursive: true })
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], join(tools, name))
  log(`${name} fetched in ${Date.now() - started} ms`)
}

// Whoever held it is gone: interrupted with Ctrl-C, killed, or ten minutes old on another machine sharing this folder.
const isAbandoned = (lock) => {
  try {
    if (Date.now() - statSync(lock).mtimeMs > 600_000) return true
    const owner = Number(readFileSync(lock, 'utf8'))
    if (owner > 0) process.kill(owner, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

// Two commands started at the same time must not install over each other.
const withLock = (action) => {
  const lock = join(tools, 'lock')
  mkdirSync(tools, { recursive: true })
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (let waited = 0; ; waited += 100) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      if (isAbandoned(lock)) rmSync(lock, { force: true })
      else if (waited === 0) log('another installation is running here: waiting for it')
      Atomics.wait(pause, 0, 0, 100)
    }
  }
  const release = () => rmSync(lock, { force: true })
  process.once('exit', release)
  action()
  release()
  process.removeListener('exit', release)
}

const chooseNode = () => {
  if (isGoodNode(process.versions.node)) return dirname(process.execPath)
  const bin = join(tools, 'node/node_modules', `node-${process.platform}-${process.arch}`, 'bin')
  if (!existsSync(join(bin, 'node'))) {
    log(`node ${process.version} is outside the supported range: fetching Node 24 from npm`)
    fetchTool('node')
  }
  if (!existsSync(join(bin, 'node'))) {
    fail(
      `there is no Node package for ${process.platform}-${process.arch}: install Node 24 yourself, then run this again`,
    )
  }
  return bin
}

const choosePnpm = () => {
  const wanted = JSON.parse(readFileSync(join(root, 'tools/pnpm/package.json'), 'utf8')).dependencies.pnpm
  const found = spawnSync('pnpm', ['--version'], { cwd: root, env, encoding: 'utf8' }).stdout?.trim() ?? ''
  if (found.split('.')[0] === wanted.split('.')[0]) return
  const bin = join(tools, 'pnpm/node_modules/.bin')
  if (!existsSync(join(bin, 'pnpm'))) fetchTool('pnpm')
  env.PATH = [bin, env.PATH].join(delimiter)
}

const installWhenChanged = (nodeBin) => {
  const stampFile = join(root, 'node_modules/.bootstrap-stamp')
  const manifests = ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => `${group}/${name}/package.json`),
  )
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...manifests].filter((file) =>
    existsSync(join(root, file)),
  )
  const hash = createHash('sha256').update(nodeBin)
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)))
  const stamp = hash.digest('hex')
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return
  const started = Date.now()
  run('pnpm', ['install', '--frozen-lockfile'], root)
  writeFileSync(stampFile, stamp)
  log(`workspace installed in ${Date.now() - started} ms`)
}

withLock(() => {
  const nodeBin = chooseNode()
  env.PATH = [nodeBin, env.PATH].join(delimiter)
  // Native builds need the headers of this Node, not those of another one on the machine.
  const prefix = dirname(nodeBin)
  if (existsSync(join(prefix, 'include/node/node.h'))) env.npm_config_nodedir = prefix
  choosePnpm()
  installWhenChanged(nodeBin)
})

env.PATH = [join(root, 'node_modules/.bin'), env.PATH].join(delimiter)
Object.assign(env, { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' })

const [command, ...args] = process.argv.slice(2)
if (command) {
  // INIT_CWD is where the user stands; npm itself always starts in the project's root.
  const child = spawn(command, args, {
    cwd: root,
    env: { ...env, HOLDFAST_CWD: process.env.INIT_CWD ?? process.cwd() },
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => fail(error.message, 127))
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1)
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name)
    process.kill(process.pid, signal)
  })
}
