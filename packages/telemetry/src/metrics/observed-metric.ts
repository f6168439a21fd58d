import type { Logger, Observe } from '@holdfast/contracts'
import type { CreateSeries, LabelTable } from './label-table.ts'
import { lineStart } from './label-text.ts'
import { ObservedSeries } from './observed-series.ts'

/** A metric whose values are asked for when it is read. */
export interface ObservedMetric {
  /** Adds an observer; answers a function that takes it away. */
  observe(read: (observe: Observe) => void): () => void
  /** Asks every observer. */
  read(): ReadonlySet<ObservedSeries>
}

/** What an {@link ObservedMetric} is made of. */
export interface ObservedMetricOptions {
  readonly name: string
  readonly createTable: (create: CreateSeries<ObservedSeries>) => LabelTable<ObservedSeries>
  readonly wallNow: () => number
  readonly logger: Logger
}

const noLabels = Object.freeze({})

/**
 * Asks observers for values. The series are kept between readings, so that their label text is made once; those that
 * nobody mentioned are dropped. What several observers say of the same labels is added up.
 */
export const createObservedMetric = (options: ObservedMetricOptions): ObservedMetric => {
  const { name, createTable, wallNow, logger } = options
  const table = createTable((labels, text) => new ObservedSeries(labels, lineStart(name, text), wallNow()))
  const observers = new Set<(observe: Observe) => void>()
  let reading = 0

  const observe: Observe = (value, labels = noLabels) => {
    const series = table.bind(labels)
    series.value = series.reading === reading ? series.value + value : value
    series.reading = reading
  }

  return {
    observe(read) {
      const observer = (tell: Observe): void => read(tell)
      observers.add(observer)
      return () => {
        observers.delete(observer)
      }
    },
    read() {
      reading++
      for (const observer of observers) {
        try {
          observer(observe)
        } catch (error) {
          // One that throws must not cost the page everything else.
          logger.error({ metric: name, error: error instanceof Error ? error.name : typeof error }, 'an observer threw')
        }
      }
      table.retain((series) => series.reading === reading)
      return table.all
    },
  }
}
