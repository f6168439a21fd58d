/**
 * Wraps an implementation of a contract and returns the same contract, with everything the wrapped one could do beyond
 * it: a layer over a storage with versions still has versions.
 */
export type Layer<C> = <T extends C>(inner: T) => T

/**
 * Puts layers around `base`, the first given outermost: in `compose(store, tracing(), retry())` a call passes tracing,
 * then retry, then the store. Which orders are wrong, and why, is in `docs/layers.md`.
 */
export const compose = <T extends C, C>(base: T, ...layers: readonly Layer<C>[]): T =>
  layers.reduceRight<T>((inner, layer) => layer(inner), base)
