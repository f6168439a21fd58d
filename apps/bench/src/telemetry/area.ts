import type { Area, Subject } from '../area.ts'
import { handleSubjects } from './handles.ts'
import { layerSubjects } from './layers.ts'
import { scrapeSubjects } from './scrapes.ts'

const measures = [handleSubjects, scrapeSubjects, layerSubjects]
const names = [...new Set(measures.flatMap((subjects) => Object.keys(subjects)))]

const subjects = names.map(
  (name): Subject => ({
    name,
    async measure(round) {
      const figures = []
      for (const subjects of measures) figures.push(await subjects[name]?.(round))
      return Object.assign({}, ...figures)
    },
  }),
)

/** What it costs to count, to be scraped and to be watched. */
export const area: Area = {
  description:
    'Metrics beside prom-client and OpenTelemetry: counting, scraping 10,000 series, and layers around a call.',
  rounds: 7,
  rows: [
    { name: 'counter, bound', unit: 'ns', floor: 'floor' },
    { name: 'counter, by labels', unit: 'ns', floor: 'floor' },
    { name: 'histogram, bound', unit: 'ns', floor: 'floor' },
    { name: 'scrape, 10,000 counters', unit: 'ms', floor: 'floor' },
    { name: 'loop held up, counters', unit: 'ms', floor: 'floor' },
    { name: 'scrape, 10,000 lines of histograms', unit: 'ms', floor: 'floor' },
    { name: 'loop held up, histograms', unit: 'ms', floor: 'floor' },
    { name: 'a call over a memory driver', unit: 'ns', floor: 'no layer' },
    { name: 'a call over an async function', unit: 'ns', floor: 'no layer' },
  ],
  subjects,
  goals: [
    { row: 'counter, bound', subject: 'holdfast', against: 'floor', atMost: 2 },
    { row: 'counter, bound', subject: 'prom-client', against: 'holdfast', atLeast: 50 },
    { row: 'histogram, bound', subject: 'holdfast', against: 'floor', atMost: 3 },
    { row: 'scrape, 10,000 counters', subject: 'prom-client', against: 'holdfast', atLeast: 5 },
    { row: 'scrape, 10,000 lines of histograms', subject: 'prom-client', against: 'holdfast', atLeast: 5 },
    { row: 'loop held up, counters', subject: 'holdfast', atMost: 5 },
    { row: 'loop held up, histograms', subject: 'holdfast', atMost: 5 },
    { row: 'a call over a memory driver', subject: 'tracing layer, no SDK', against: 'no layer', atMost: 1.5 },
  ],
}
