/** Longest label value and longest name of a label after its prefix (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set). */
const maxLabelCharacters = 63

const labelText = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/
const dnsPrefix = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/

/** Whether Kubernetes takes it as the value of a label: up to 63 characters, or none. */
export const isLabelValue = (text: string): boolean => text === '' || labelText.test(text)

/** Whether Kubernetes takes it as the name of a label, or of an annotation: `team`, `example.com/team`. */
export const isLabelName = (name: string): boolean => {
  const slash = name.indexOf('/')
  return slash < 0
    ? labelText.test(name)
    : dnsPrefix.test(name.slice(0, slash)) && labelText.test(name.slice(slash + 1))
}

/** A text as a label takes it: other characters become underscores, and what is over 63 characters is cut. */
export const sanitizeLabel = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .slice(0, maxLabelCharacters)
    .replace(/^[^A-Za-z0-9]+/, '')
    .replace(/[^A-Za-z0-9]+$/, '')

/** Labels of this library. */
const tagLabel = (name: string): string => `tag.holdfast.dev/${name}`

/**
 * Labels for the tags of a credential, so that people and selectors find it. They are a copy that may lose characters; the
 * tags themselves are in the metadata. Of two tags that become one label the one that needed no change wins.
 */
export const labelsOfTags = (tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  const labels = new Map<string, string>()
  const names = Object.keys(tags)
  for (const exact of [false, true]) {
    for (const name of names) {
      const label = sanitizeLabel(name)
      if (label !== '' && (label === name) === exact) labels.set(tagLabel(label), sanitizeLabel(tags[name] ?? ''))
    }
  }
  return Object.fromEntries(labels)
}

/** A label selector that lets everything through that has these tags, and as little else as labels can tell. */
export const selectorOfTags = (tags: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(tags).flatMap(([name, value]) =>
    sanitizeLabel(name) === name && name !== '' ? [`${tagLabel(name)}=${sanitizeLabel(value)}`] : [],
  )
