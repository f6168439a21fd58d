import type { Rule } from '../rule.ts'

const minLines = 40
const maxLines = 90

/** The sections of a package README, in their order; the sentence about the package comes before the first. */
const sections: readonly { readonly title: string; readonly pattern: RegExp }[] = [
  { title: 'Install', pattern: /install/i },
  { title: 'Example', pattern: /example|quick start|usage/i },
  { title: 'Options', pattern: /options/i },
  { title: 'Capabilities', pattern: /capabilit/i },
  { title: 'Errors', pattern: /error/i },
  { title: 'Permissions', pattern: /permission/i },
  { title: 'What is proven', pattern: /prove/i },
  { title: 'Limits', pattern: /limit/i },
]

/** Every published package has a README of the same shape. */
export const readmeSections: Rule = {
  name: 'readme-sections',
  why: 'Somebody who has read one README of this repository knows where to look in every other.',
  *check({ packages }) {
    for (const { path, published, manifest, files } of packages) {
      if (!published) continue
      const file = files.find((candidate) => candidate.path === `${path}/README.md`)
      if (!file) {
        yield { path, message: 'has no README.md' }
        continue
      }
      const lines = file.text.trimEnd().split('\n')
      if (lines.length < minLines || lines.length > maxLines) {
        yield { path: file.path, message: `has ${lines.length} lines; ${minLines} to ${maxLines} are wanted` }
      }
      if (lines[0] !== `# ${manifest.name}`)
        yield { path: file.path, line: 1, message: `must begin with "# ${manifest.name}"` }
      const sentence = lines.slice(1).find((line) => line.trim() !== '') ?? ''
      if (!/^[A-Z`@].*/.test(sentence))
        yield { path: file.path, line: 3, message: 'must say in one sentence what it is, before any section' }
      const headings = lines.filter((line) => line.startsWith('## '))
      let position = 0
      for (const { title, pattern } of sections) {
        const at = headings.findIndex((heading, index) => index >= position && pattern.test(heading))
        if (at >= 0) position = at + 1
        else
          yield {
            path: file.path,
            message: `lacks "## ${title}", or it stands out of order (${sections.map((section) => section.title).join(', ')})`,
          }
      }
    }
  },
}
