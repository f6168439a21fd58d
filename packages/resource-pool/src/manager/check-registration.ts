import { createProblems, HoldfastError, type Problems } from '@holdfast/contracts'
import { poolSettings } from '../create-pool-options.ts'
import { source } from '../pool-errors.ts'
import { type Dependencies, dependencyKinds } from './dependency-graph.ts'
import { healthCheckSettings } from './health-check-options.ts'
import { requireTenantOptions } from './require-tenant-options.ts'
import type { AnyResourceKey } from './resource-key.ts'
import type { ResourceRegistration } from './resource-registration.ts'
import { rotationSettings } from './rotation-options.ts'

/** Refuses a registration with everything that is wrong with it: INVALID_ARGUMENT. `keyOf` knows the keys by their names. */
export const checkRegistration = <T>(
  key: AnyResourceKey,
  registration: ResourceRegistration<T>,
  keyOf: (name: string) => AnyResourceKey | undefined,
): Dependencies => {
  const problems = createProblems(source, 'register')
  problems.require(isObject(key) && typeof key.name === 'string', 'key', key, 'what resourceKey has made')
  problems.require(isObject(registration), 'registration', registration, 'an object')
  problems.throwIfAny()
  const { name } = key
  const registered = keyOf(name)
  if (registered !== undefined) {
    const given = registered === key ? `${name} for the second time` : `another key of the name ${name}`
    problems.add({ path: 'key', given, allowed: 'each name once' })
  }
  const { kind, health, layers, hooks, tenants, rotation } = registration
  requirePool(problems, name, registration)
  problems.require(kind === undefined || kind === 'pooled' || kind === 'singleton', 'kind', kind, 'pooled or singleton')
  if (health !== false) healthCheckSettings(health, problems)
  for (const [path, value] of Object.entries({ rotation, hooks })) {
    problems.require(value === undefined || isObject(value), path, value, 'an object')
  }
  if (isObject(rotation)) rotationSettings(problems, rotation)
  if (tenants !== undefined) requireTenantOptions(problems, tenants)
  if (kind === 'singleton' && isObject(tenants) && tenants.isolation !== 'pool') {
    const isSafe = isObject(registration.adapter) && registration.adapter.isolatesTenants === true
    const allowed =
      "'pool' for a singleton, which all tenants would have at the same time, unless its adapter isolates tenants"
    problems.require(isSafe, 'tenants.isolation', tenants.isolation ?? 'shared', allowed)
  }
  for (const hook of ['beforeStart', 'afterStart', 'beforeStop', 'afterStop']) {
    const value: unknown = isObject(hooks) ? Reflect.get(hooks, hook) : undefined
    problems.require(value === undefined || typeof value === 'function', `hooks.${hook}`, value, 'a function')
  }
  problems.require(layers === undefined || Array.isArray(layers), 'layers', layers, 'a list of policies')
  for (const [index, layer] of (Array.isArray(layers) ? layers : []).entries()) {
    const holds = isObject(layer) && typeof Reflect.get(layer, 'layer') === 'function'
    problems.require(holds, `layers.${index}`, layer, 'a policy, with a method layer')
  }
  const dependencies = readDependencies(problems, key, registration, keyOf)
  problems.throwIfAny()
  return dependencies
}

const none: readonly string[] = []

const readDependencies = <T>(
  problems: Problems,
  key: AnyResourceKey,
  registration: ResourceRegistration<T>,
  keyOf: (name: string) => AnyResourceKey | undefined,
): Dependencies => {
  const read = (kind: (typeof dependencyKinds)[number]): readonly string[] => {
    const keys: unknown = registration[kind]
    problems.require(keys === undefined || Array.isArray(keys), kind, keys, 'a list of keys')
    if (!Array.isArray(keys) || keys.length === 0) return none
    return keys.map((each: unknown, index) => {
      const name: unknown = isObject(each) ? Reflect.get(each, 'name') : undefined
      const path = `${kind}.${index}`
      problems.require(typeof name === 'string', path, each, 'the key of a resource')
      if (typeof name !== 'string') return ''
      const known = name === key.name ? key : keyOf(name)
      if (known !== undefined && known !== each) {
        problems.add({ path, given: `another key of the name ${name}`, allowed: 'the key that it was registered with' })
      }
      return name
    })
  }
  const [requires, wants, after, bindsTo] = dependencyKinds.map(read)
  return { requires: requires ?? none, wants: wants ?? none, after: after ?? none, bindsTo: bindsTo ?? none }
}

/** What the pool will say of its adapter and its options, said now. */
const requirePool = <T>(
  problems: Problems,
  name: string,
  { adapter, pool, credentials }: ResourceRegistration<T>,
): void => requireNested(problems, 'pool', () => poolSettings(adapter, { ...pool, name, credentials }))

/** Takes over the problems that a check throws, under its path. */
const requireNested = (problems: Problems, path: string, check: () => unknown): void => {
  try {
    check()
  } catch (error) {
    const list = HoldfastError.is(error, 'INVALID_ARGUMENT') ? error.details.problems : undefined
    if (!Array.isArray(list)) throw error
    for (const each of list) {
      const problem = { path: String(each.path), given: String(each.given), allowed: String(each.allowed) }
      const isOwn = problem.path.startsWith('adapter') || problem.path.startsWith('credentials')
      problems.add(isOwn || path === '' ? problem : { ...problem, path: `${path}.${problem.path}` })
    }
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
