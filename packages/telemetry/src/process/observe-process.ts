import { performance } from 'node:perf_hooks'
import { getHeapSpaceStatistics } from 'node:v8'
import type { MetricOptions, Metrics, Observe } from '@holdfast/contracts'
import { countOpenFiles } from './count-open-files.ts'
import { observeEventLoopDelay } from './observe-event-loop-delay.ts'
import { observeGarbageCollection } from './observe-garbage-collection.ts'

/**
 * Shows what Node and the operating system know of this process: CPU, memory, open files, the event loop, garbage
 * collection. Names are those that Prometheus gives every process
 * (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics), else those of OpenTelemetry
 * (https://opentelemetry.io/docs/specs/semconv/runtime/nodejs-metrics/, …/v8js-metrics/) with the unit at the end. Call
 * it once for a registry; answers a function that ends it.
 */
export const observeProcess = (registry: Metrics): (() => void) => {
  const endings: (() => void)[] = [observeEventLoopDelay(registry), observeGarbageCollection(registry)]
  const show = (options: MetricOptions, read: (observe: Observe) => void): void => {
    const kind = options.name.endsWith('_total') ? 'counter' : 'gauge'
    endings.push(registry.observe({ ...options, kind }, read))
  }

  show({ name: 'process_cpu_seconds_total', help: 'Time on the processors, of user and system.' }, (observe) => {
    const { user, system } = process.cpuUsage()
    observe((user + system) / 1e6)
  })
  show(
    { name: 'process_start_time_seconds', help: 'When the process was started, in seconds since 1970.' },
    (observe) => observe(performance.timeOrigin / 1000),
  )
  show({ name: 'process_resident_memory_bytes', help: 'Memory of the process that is not swapped out.' }, (observe) =>
    observe(process.memoryUsage.rss()),
  )
  show({ name: 'nodejs_external_memory_bytes', help: 'Memory of buffers, outside of the heap.' }, (observe) =>
    observe(process.memoryUsage().external),
  )
  const spaces = ['v8js_heap_space_name']
  show({ name: 'v8js_memory_heap_used_bytes', help: 'Used heap by space.', labels: spaces }, (observe) => {
    for (const space of getHeapSpaceStatistics()) {
      observe(space.space_used_size, { v8js_heap_space_name: space.space_name })
    }
  })
  show({ name: 'v8js_memory_heap_limit_bytes', help: 'Allocated heap by space.', labels: spaces }, (observe) => {
    for (const { space_name, space_size } of getHeapSpaceStatistics()) {
      observe(space_size, { v8js_heap_space_name: space_name })
    }
  })
  show(
    { name: 'nodejs_eventloop_utilization_ratio', help: 'Busy share of the event loop since the last reading.' },
    utilization(),
  )
  show(
    {
      name: 'nodejs_eventloop_time_seconds_total',
      help: 'Time of the event loop.',
      labels: ['nodejs_eventloop_state'],
    },
    (observe) => {
      const { active, idle } = performance.eventLoopUtilization()
      observe(active / 1000, { nodejs_eventloop_state: 'active' })
      observe(idle / 1000, { nodejs_eventloop_state: 'idle' })
    },
  )
  show(
    { name: 'nodejs_active_resources', help: 'What keeps the process running, by type.', labels: ['type'] },
    (observe) => {
      const counts = new Map<string, number>()
      for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1)
      for (const [type, count] of counts) observe(count, { type })
    },
  )
  const openFiles = countOpenFiles()
  show({ name: 'process_open_fds', help: 'Open file descriptors at the reading before this one.' }, (observe) => {
    const count = openFiles.latest()
    if (count !== undefined) observe(count)
  })
  show({ name: 'process_max_fds', help: 'Most file descriptors that may be open.' }, (observe) => {
    if (openFiles.limit !== undefined) observe(openFiles.limit)
  })
  return () => {
    for (const end of endings.splice(0)) end()
  }
}

const utilization = (): ((observe: Observe) => void) => {
  let last = performance.eventLoopUtilization()
  return (observe) => {
    const now = performance.eventLoopUtilization()
    observe(performance.eventLoopUtilization(now, last).utilization)
    last = now
  }
}
