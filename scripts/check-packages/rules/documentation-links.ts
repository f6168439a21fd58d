import { posix } from 'node:path'
import type { Rule } from '../rule.ts'
import type { TextFile } from '../workspace.ts'

const link = /(?<!!)\[[^\]]*\]\(([^)\s]+)(?:\s+"[^"]*")?\)|!\[[^\]]*\]\(([^)\s]+)\)/g

/** Links between documents lead somewhere, also to a heading. */
export const documentationLinks: Rule = {
  name: 'documentation-links',
  why: 'A dead link is found by the reader who needed it.',
  *check(workspace) {
    const documents = new Map(
      workspace.files.filter(({ path }) => path.endsWith('.md')).map((file) => [file.path, file]),
    )
    for (const file of documents.values()) {
      for (const { target, line } of linksOf(file)) {
        if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue
        const [place = '', anchor] = target.split('#')
        const path = place === '' ? file.path : posix.normalize(posix.join(posix.dirname(file.path), place))
        if (!workspace.exists(path))
          yield { path: file.path, line, message: `links to ${target}, which does not exist` }
        else {
          const document = documents.get(path)
          if (anchor && document && !anchorsOf(document).has(anchor)) {
            yield { path: file.path, line, message: `links to ${target}, but there is no such heading` }
          }
        }
      }
    }
  },
}

const linksOf = function* (file: TextFile): Generator<{ readonly target: string; readonly line: number }> {
  let inCode = false
  for (const [index, line] of file.text.split('\n').entries()) {
    if (/^\s*(```|~~~)/.test(line)) inCode = !inCode
    if (inCode) continue
    for (const match of line.replace(/`[^`]*`/g, '').matchAll(link)) {
      yield { target: match[1] ?? match[2] ?? '', line: index + 1 }
    }
  }
}

/** The anchors GitHub makes of headings: lower case, spaces to hyphens, punctuation dropped. */
const anchorsOf = (file: TextFile): ReadonlySet<string> =>
  new Set(
    file.text
      .split('\n')
      .filter((line) => /^#{1,6} /.test(line))
      .map((line) =>
        line
          .replace(/^#+ /, '')
          .trim()
          .toLowerCase()
          .replace(/[^\p{L}\p{N} _-]/gu, '')
          .replaceAll(' ', '-'),
      ),
  )
