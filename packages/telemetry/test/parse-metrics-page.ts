// A reader of both text formats, written from their specifications and from nothing of the writer.

/** One line with a value. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** A family with its samples. */
export interface Family {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly unit: string | undefined
  readonly samples: readonly Sample[]
}

type Format = 'text' | 'openmetrics'

/** Endings of the sample names that a family of this type may have. */
const endingsOf = (type: string, format: Format): readonly string[] => {
  if (type === 'histogram') return ['_bucket', '_sum', '_count']
  return type === 'counter' && format === 'openmetrics' ? ['_total'] : ['']
}

/** Reads a page, or throws at what the specification does not allow. */
export const parseMetricsPage = (page: string, format: Format): readonly Family[] => {
  if (page !== '' && !page.endsWith('\n')) throw new Error('The last line has no end.')
  const lines = page.split('\n').slice(0, -1)
  if (format === 'openmetrics' && lines.pop() !== '# EOF') throw new Error('There is no # EOF at the end.')
  const families = new Map<string, { name: string; type: string; help: string; unit?: string; samples: Sample[] }>()
  const seen = new Set<string>()
  let current = ''
  for (const line of lines) {
    const meta = /^# (HELP|TYPE|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/s.exec(line)
    if (meta !== null) {
      const [, keyword = '', name = '', rest = ''] = meta
      if (name !== current && families.has(name)) throw new Error(`The family ${name} is torn apart.`)
      current = name
      const family = families.get(name) ?? { name, type: '', help: '', samples: [] }
      families.set(name, family)
      if (family.samples.length > 0) throw new Error(`${line} comes after samples.`)
      if (keyword === 'TYPE') family.type = rest
      if (keyword === 'UNIT') family.unit = rest
      if (keyword === 'HELP') family.help = unescaped(rest, format === 'openmetrics' ? '\\n"' : '\\n')
      if (keyword === 'UNIT' && (format === 'text' || !name.endsWith(`_${rest}`)))
        throw new Error(`Not allowed: ${line}`)
      continue
    }
    if (line.startsWith('#') || line === '') throw new Error(`Not allowed: ${JSON.stringify(line)}`)
    const family = families.get(current)
    if (family === undefined) throw new Error(`Before any family: ${line}`)
    const sample = parseSample(line)
    const endings = endingsOf(family.type, format)
    if (!endings.some((ending) => sample.name === `${current}${ending}`)) throw new Error(`Not of ${current}: ${line}`)
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()])
    if (seen.has(key)) throw new Error(`Twice: ${line}`)
    seen.add(key)
    family.samples.push(sample)
  }
  return [...families.values()].map((family) => ({ unit: undefined, ...family }))
}

const parseSample = (line: string): Sample => {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0] ?? ''
  let at = name.length
  const labels: Record<string, string> = {}
  if (line[at] === '{') {
    at++
    while (line[at] !== '}') {
      const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(,(?!})|(?=}))/s.exec(line.slice(at))
      if (label === null) throw new Error(`Labels that cannot be read: ${line}`)
      const [whole, key = '', value = ''] = label
      if (Object.hasOwn(labels, key)) throw new Error(`The label ${key} stands twice: ${line}`)
      Object.defineProperty(labels, key, { value: unescaped(value, '\\n"'), enumerable: true })
      at += whole.length
    }
    at++
  }
  const number = /^ (NaN|\+Inf|-Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(line.slice(at))?.[1]
  if (name === '' || number === undefined) throw new Error(`Not a sample: ${JSON.stringify(line)}`)
  return { name, labels, value: Number(number.replace('Inf', 'Infinity')) }
}

const unescaped = (text: string, allowed: string): string =>
  text.replace(/\\(.?)/gs, (whole, character: string) => {
    if (character === '' || !allowed.includes(character)) throw new Error(`An unknown escape: ${whole}`)
    return character === 'n' ? '\n' : character
  })
