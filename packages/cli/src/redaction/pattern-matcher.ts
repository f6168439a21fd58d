/**
 * Finds any of many byte sequences in one pass over a stream (A. V. Aho and M. J. Corasick, 1975): time grows with the
 * length of the text, not with the number of patterns. A state stands for the longest end of the text so far that is
 * the beginning of a pattern; the initial state is 0.
 */
export interface PatternMatcher {
  /** The state after one more byte. */
  next(state: number, byte: number): number
  /** How many of the last bytes are the beginning of a pattern: what a match that is not complete yet can reach back. */
  depth(state: number): number
  /** Length of the longest pattern that ends here; 0 when none does. */
  matchLength(state: number): number
  /** For each byte, 1 when it leads anywhere from the initial state: lets a reader skip the rest quickly. */
  readonly begins: Uint8Array
}

/** Builds the matcher, with about 40 bytes of memory for each byte of the patterns. Empty patterns are ignored. */
export const createPatternMatcher = (patterns: readonly Uint8Array[]): PatternMatcher => {
  const capacity = 1 + patterns.reduce((sum, pattern) => sum + pattern.length, 0)
  const edges = createEdges(capacity)
  const parents = new Int32Array(capacity)
  const bytes = new Uint8Array(capacity)
  const depths = new Int32Array(capacity)
  const matches = new Int32Array(capacity)
  const fallbacks = new Int32Array(capacity)
  let last = 0
  for (const pattern of patterns) {
    let state = 0
    for (const byte of pattern) {
      let child = edges.get(state, byte)
      if (child === 0) {
        child = ++last
        edges.set(state, byte, child)
        parents[child] = state
        bytes[child] = byte
        depths[child] = at(depths, state) + 1
      }
      state = child
    }
    if (state !== 0) matches[state] = pattern.length
  }

  const next = (from: number, byte: number): number => {
    for (let state = from; ; state = at(fallbacks, state)) {
      const child = edges.get(state, byte)
      if (child !== 0 || state === 0) return child
    }
  }

  // The fallback of a state is shorter than the state, and has to be known before it.
  for (const state of statesByDepth(depths, last)) {
    const parent = at(parents, state)
    const shorter = parent === 0 ? 0 : next(at(fallbacks, parent), at(bytes, state))
    fallbacks[state] = shorter
    matches[state] = Math.max(at(matches, state), at(matches, shorter))
  }

  const begins = new Uint8Array(256)
  for (let byte = 0; byte < 256; byte++) begins[byte] = edges.get(0, byte) === 0 ? 0 : 1
  return { next, depth: (state) => at(depths, state), matchLength: (state) => at(matches, state), begins }
}

/** Every index used here is a state, a depth or a slot that the array was made for. */
const at = (array: Int32Array | Uint8Array, index: number): number => array[index] as number

/** The states 1 to `last`, shallow ones first, by counting. */
const statesByDepth = (depths: Int32Array, last: number): Int32Array => {
  const starts = new Int32Array(last + 2)
  for (let state = 1; state <= last; state++) starts[at(depths, state) + 1] = at(starts, at(depths, state) + 1) + 1
  for (let depth = 1; depth < starts.length; depth++) starts[depth] = at(starts, depth) + at(starts, depth - 1)
  const ordered = new Int32Array(last)
  for (let state = 1; state <= last; state++) {
    const depth = at(depths, state)
    ordered[at(starts, depth)] = state
    starts[depth] = at(starts, depth) + 1
  }
  return ordered
}

/** The edges of the trie in one open-addressing hash table: two integers for each, however long the patterns are. */
const createEdges = (
  states: number,
): { get(state: number, byte: number): number; set(state: number, byte: number, child: number): void } => {
  const bits = Math.ceil(Math.log2(states * 2 + 2))
  const mask = 2 ** bits - 1
  // 0 is an empty slot: keys are counted from 1.
  const keys = new Int32Array(2 ** bits)
  const children = new Int32Array(2 ** bits)
  const slotOf = (key: number): number => {
    let slot = Math.imul(key, 0x9e3779b1) >>> (32 - bits)
    while (keys[slot] !== key && keys[slot] !== 0) slot = (slot + 1) & mask
    return slot
  }
  return {
    get: (state, byte) => at(children, slotOf(state * 256 + byte + 1)),
    set(state, byte, child) {
      const slot = slotOf(state * 256 + byte + 1)
      keys[slot] = state * 256 + byte + 1
      children[slot] = child
    },
  }
}
