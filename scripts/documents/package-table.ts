import type { WorkspacePackage } from '../check-packages/workspace.ts'

const place = /(<!-- packages -->\n)[\s\S]*?(<!-- \/packages -->)/

/** Puts the table of published packages between `<!-- packages -->` and `<!-- /packages -->`; undefined without those marks. */
export const fillPackageTable = (document: string, packages: readonly WorkspacePackage[]): string | undefined => {
  if (!place.test(document)) return undefined
  const rows = packages
    .filter(({ published }) => published)
    .map(({ path, manifest }) => `| [\`${manifest.name}\`](${path}) | ${manifest.description} |`)
  const table = ['| package | what it does |', '| --- | --- |', ...rows].join('\n')
  return document.replace(place, (_whole, open: string, close: string) => `${open}${table}\n${close}`)
}
