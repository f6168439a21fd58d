/** What one resource depends on, by name. */
export interface Dependencies {
  readonly requires: readonly string[]
  readonly wants: readonly string[]
  readonly after: readonly string[]
  readonly bindsTo: readonly string[]
}

/** The kinds of dependency, all of which are an order too. */
export const dependencyKinds = ['requires', 'wants', 'after', 'bindsTo'] as const

/** The names that a resource starts after, each once. */
export const everyDependency = ({ requires, wants, after, bindsTo }: Dependencies): readonly string[] => {
  const count = requires.length + wants.length + after.length + bindsTo.length
  if (count === 0) return none
  return [...new Set([...requires, ...bindsTo, ...wants, ...after])]
}

const none: readonly string[] = []

/**
 * Who depends on whom, by name, and without cycles. What a resource names may come later or never: until then it stands
 * in nobody's way here.
 */
export class DependencyGraph {
  readonly #nodes = new Map<string, Dependencies>()
  /** By what is depended on, which need not be registered. */
  readonly #dependents = new Map<string, string[]>()
  #order: readonly string[] | undefined
  #essential: ReadonlySet<string> | undefined

  /** The names, each after all those that this would come after in turn, if it could not be added: it would wait for itself. */
  findCycle(name: string, dependencies: Dependencies): readonly string[] | undefined {
    const cameFrom = new Map<string, string>()
    const left: string[] = []
    const visit = (next: string, from: string): void => {
      if (cameFrom.has(next)) return
      cameFrom.set(next, from)
      left.push(next)
    }
    for (const next of everyDependency(dependencies)) visit(next, name)
    for (let each = left.pop(); each !== undefined; each = left.pop()) {
      if (each === name) return pathTo(name, cameFrom)
      for (const next of this.#dependenciesOf(each)) visit(next, each)
    }
    return undefined
  }

  /** Adds a resource that closes no cycle. */
  add(name: string, dependencies: Dependencies): void {
    this.#nodes.set(name, dependencies)
    for (const each of everyDependency(dependencies)) {
      const dependents = this.#dependents.get(each)
      if (dependents === undefined) this.#dependents.set(each, [name])
      else dependents.push(name)
    }
    this.#order = undefined
    this.#essential = undefined
  }

  has(name: string): boolean {
    return this.#nodes.has(name)
  }

  /** What was said of a resource that is registered. */
  of(name: string): Dependencies {
    return this.#nodes.get(name) ?? nothing
  }

  /** The registered ones that this starts after. */
  parents(name: string): readonly string[] {
    return this.#dependenciesOf(name).filter((each) => this.#nodes.has(each))
  }

  /** The registered ones that start after this. */
  children(name: string): readonly string[] {
    return this.#dependents.get(name) ?? none
  }

  /** Those that do not work without this. */
  requiredBy(name: string): readonly string[] {
    return this.children(name).filter((each) => needs(this.of(each), name))
  }

  /** What each of these requires and nobody has registered. */
  missing(
    names: Iterable<string> = this.#nodes.keys(),
  ): readonly { readonly name: string; readonly missing: string }[] {
    const list: { readonly name: string; readonly missing: string }[] = []
    for (const name of names) {
      const { requires, bindsTo } = this.of(name)
      for (const each of new Set([...requires, ...bindsTo])) {
        if (!this.#nodes.has(each)) list.push({ name, missing: each })
      }
    }
    return list
  }

  /** All names, each after its parents; among those that could come next, in the order of registration. */
  order(): readonly string[] {
    this.#order ??= this.#sort()
    return this.#order
  }

  /** A resource with all it requires or wants, and what those do. */
  withNeeded(name: string): ReadonlySet<string> {
    return closure(name, (each) => {
      const { requires, bindsTo, wants } = this.of(each)
      return [...requires, ...bindsTo, ...wants].filter((other) => this.#nodes.has(other))
    })
  }

  /** A resource with all that do not work without it, and what does not work without those. */
  withDependents(name: string): ReadonlySet<string> {
    return closure(name, (each) => this.requiredBy(each))
  }

  /**
   * Of these, or of all, the ones without which the whole does not work: those that nobody among them merely wants, and what these
   * require. One that is only wanted may fail.
   */
  essential(names?: ReadonlySet<string>): ReadonlySet<string> {
    if (names !== undefined) return this.#findEssential(names)
    this.#essential ??= this.#findEssential(new Set(this.#nodes.keys()))
    return this.#essential
  }

  #findEssential(names: ReadonlySet<string>): ReadonlySet<string> {
    const wanted = new Set<string>()
    for (const name of names) {
      const { requires, bindsTo, wants } = this.of(name)
      for (const each of [...requires, ...bindsTo, ...wants]) wanted.add(each)
    }
    const essential = new Set<string>()
    for (const name of names) {
      if (wanted.has(name)) continue
      for (const each of closure(name, (one) => [...this.of(one).requires, ...this.of(one).bindsTo]))
        essential.add(each)
    }
    return essential
  }

  #dependenciesOf(name: string): readonly string[] {
    const node = this.#nodes.get(name)
    return node === undefined ? none : everyDependency(node)
  }

  #sort(): readonly string[] {
    const open = new Map<string, number>()
    for (const name of this.#nodes.keys()) open.set(name, this.parents(name).length)
    const order = [...open.keys()].filter((name) => open.get(name) === 0)
    // Grows while it is walked.
    for (const name of order) {
      for (const child of this.children(name)) {
        const left = (open.get(child) ?? 0) - 1
        open.set(child, left)
        if (left === 0) order.push(child)
      }
    }
    return order
  }
}

const nothing: Dependencies = { requires: none, wants: none, after: none, bindsTo: none }

const needs = ({ requires, bindsTo }: Dependencies, name: string): boolean =>
  requires.includes(name) || bindsTo.includes(name)

const closure = (name: string, next: (name: string) => readonly string[]): ReadonlySet<string> => {
  const seen = new Set([name])
  // Grows while it is walked.
  for (const each of seen) for (const other of next(each)) seen.add(other)
  return seen
}

/** From a name, along what was found, back to it. */
const pathTo = (name: string, cameFrom: ReadonlyMap<string, string>): readonly string[] => {
  const path = [name]
  let each = cameFrom.get(name)
  while (each !== undefined && each !== name) {
    path.push(each)
    each = cameFrom.get(each)
  }
  path.push(name)
  return path.reverse()
}
