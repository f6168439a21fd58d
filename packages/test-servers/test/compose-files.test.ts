import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { serverDefinitions } from '../src/server-definitions.ts'

interface Service {
  readonly image: string
  readonly profiles?: readonly string[]
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly healthcheck?: { readonly test?: readonly string[]; readonly retries?: number; readonly interval?: string }
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes?: Readonly<Record<string, unknown>>
}

const load = (name: string): ComposeFile =>
  parse(readFileSync(join(import.meta.dirname, '../../..', name), 'utf8'), { merge: true })

const files = {
  'docker-compose.yml': load('docker-compose.yml'),
  'docker-compose.test.yml': load('docker-compose.test.yml'),
}

describe.each(Object.entries(files))('%s', (_, { services, volumes }) => {
  it.each(Object.entries(services))(
    '%s has a pinned image, a health check and ports of this machine only',
    (_, service) => {
      const { image, healthcheck, ports = [] } = service
      expect(image).toMatch(/^[a-z0-9./-]+:v?\d+\.\d+\.\d+(-[\w.-]+)?$|^postgres:\d+\.\d+-alpine$/)
      expect(healthcheck?.test?.[0]).toMatch(/^CMD(-SHELL)?$/)
      expect([healthcheck?.interval, healthcheck?.retries]).toEqual(['2s', 60])
      expect(ports.length).toBeGreaterThan(0)
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{[A-Z0-9_]+_PORT(_\d)?:-\d+\}:/)
    },
  )

  it('uses each port of this machine once', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? [])
    const numbers = ports.map((port) => /:-(\d+)\}/.exec(port)?.[1])
    expect(new Set(numbers).size).toBe(numbers.length)
  })

  it('declares the volumes it uses', () => {
    const used = Object.values(services).flatMap((service) => service.volumes ?? [])
    expect(used.map((volume) => volume.split(':')[0]).sort()).toEqual(Object.keys(volumes ?? {}).sort())
  })
})

it('has the servers of development in one file', () => {
  expect(Object.keys(files['docker-compose.yml'].services).sort()).toEqual(['postgres', 'redis', 'vault'])
})

describe('docker-compose.test.yml', () => {
  const { services } = files['docker-compose.test.yml']

  it('has a service for every server that may come from Docker, with its ports', () => {
    for (const { name, container } of serverDefinitions) {
      if (container === undefined) continue
      const ports = services[container.service]?.ports ?? []
      const variables = ports.map((port) => /\$\{([A-Z0-9_]+):-/.exec(port)?.[1])
      expect(variables, name).toEqual(container.portVariables)
      expect(
        Object.keys(container.settings(container.portVariables.map((_, index) => index + 1))).length,
      ).toBeGreaterThan(0)
    }
  })

  it('has what only containers carry', () => {
    for (const name of ['vault', 'localstack', 'lowkey-vault', 'kubernetes'])
      expect(Object.keys(services)).toContain(name)
  })

  it('starts nothing without a profile, and everything with one', () => {
    for (const { profiles = [] } of Object.values(services)) {
      expect(profiles).toContain('all')
      expect(profiles).toHaveLength(2)
    }
  })

  it('runs the versions that the launcher runs', () => {
    const versions = {
      openbao: '2.7.2',
      ministack: '1.5.33',
      moto: '5.2.5',
      versitygw: 'v1.8.0',
      redis: '7.0.15-alpine',
    }
    for (const [name, version] of Object.entries(versions)) expect(services[name]?.image.split(':')[1]).toBe(version)
    const ids = serverDefinitions.flatMap(({ installation }) => installation?.id ?? [])
    for (const id of ['openbao-2.7.2', 'ministack-1.5.33', 'moto-5.2.5', 'versitygw-1.8.0']) expect(ids).toContain(id)
  })
})
