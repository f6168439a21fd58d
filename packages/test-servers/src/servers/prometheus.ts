import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findProgram } from '../find-program.ts'
import { httpAnswer } from '../http-answer.ts'
import { fetchDebianPackages } from '../package-clients/debian-packages.ts'
import type { Installation, ServerDefinition } from '../server-definition.ts'

const installation: Installation = {
  id: 'prometheus-2.42-debian',
  cost: '19 MB, seconds',
  needs: ['apt-get', 'dpkg'],
  async findOnMachine() {
    const [prometheus, promtool] = [await findProgram('prometheus'), await findProgram('promtool')]
    return prometheus === undefined || promtool === undefined ? undefined : { paths: { prometheus, promtool } }
  },
  fetch: (context) => fetchDebianPackages(context, ['prometheus']),
  programs: async (folder) => ({
    paths: { prometheus: join(folder, 'usr/bin/prometheus'), promtool: join(folder, 'usr/bin/promtool') },
  }),
}

const configuration = (targets: string): string => `
global:
  scrape_interval: 500ms
  scrape_timeout: 500ms
scrape_configs:
  - job_name: test
    file_sd_configs:
      - files: ['${targets}/*.json']
        refresh_interval: 1s
`

/**
 * Prometheus that scrapes what tests list: write `[{"targets": ["127.0.0.1:PORT"], "labels": {"suite": "…"}}]` to a file
 * `*.json` of your own in PROMETHEUS_TARGETS_FOLDER. The first sample takes 5 to 6 s, whatever the interval. PROMTOOL is the
 * program that checks pages, rules and configurations.
 */
export const prometheus: ServerDefinition = {
  name: 'prometheus',
  title: 'Prometheus',
  environment: {
    PROMETHEUS_URL: 'PROMETHEUS_URL',
    PROMETHEUS_TARGETS_FOLDER: 'PROMETHEUS_TARGETS_FOLDER',
    PROMTOOL: 'PROMTOOL',
  },
  installation,
  async plan({ programs, folder, freePort }) {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const [targets, file] = [join(folder, 'targets'), join(folder, 'prometheus.yml')]
    await mkdir(targets)
    await writeFile(file, configuration(targets))
    return {
      settings: {
        PROMETHEUS_URL: url,
        PROMETHEUS_TARGETS_FOLDER: targets,
        PROMTOOL: programs.paths.promtool ?? 'promtool',
      },
      processes: [
        {
          name: 'prometheus',
          program: programs.paths.prometheus ?? 'prometheus',
          parameters: [
            ...[`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`],
            ...[`--web.listen-address=127.0.0.1:${port}`, '--log.level=warn'],
          ],
          ready: async () => void (await httpAnswer(`${url}/-/ready`)),
        },
      ],
    }
  },
  async version({ PROMETHEUS_URL = '' }) {
    // Written by the server: https://prometheus.io/docs/prometheus/latest/querying/api/#build-information
    const { data } = JSON.parse(await httpAnswer(`${PROMETHEUS_URL}/api/v1/status/buildinfo`)) as {
      data: { version: string }
    }
    return data.version
  },
}
