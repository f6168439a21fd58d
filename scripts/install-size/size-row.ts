import type { InstalledPackage } from './installed-packages.ts'

/** How many of the largest packages a row names. */
const namedPackages = 3

/** A row of the table in docs/performance.md: driver, packages, megabytes (10⁶ bytes), and what the most of them are. */
export const sizeRow = (driver: string, installed: readonly InstalledPackage[]): string => {
  const total = installed.reduce((sum, { bytes }) => sum + bytes, 0)
  const largest = [...bytesByName(installed)]
    .filter(([name]) => name !== driver)
    .sort(([, a], [, b]) => b - a)
    .slice(0, namedPackages)
    .map(([name, bytes]) => `${name} ${megabytes(bytes)}`)
  return `| ${[driver.replace('@holdfast/', ''), installed.length, megabytes(total), largest.join(', ')].join(' | ')} |`
}

/** The head of the table that {@link sizeRow} fills. */
export const sizeTableHead: readonly string[] = [
  '| driver | packages | MB | largest, in MB |',
  '| --- | --- | --- | --- |',
]

/** Several copies of one package are one entry: what they take together. */
const bytesByName = (installed: readonly InstalledPackage[]): ReadonlyMap<string, number> => {
  const sums = new Map<string, number>()
  for (const { name, bytes } of installed) sums.set(name, (sums.get(name) ?? 0) + bytes)
  return sums
}

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1)
