/** Bytes that something still holds, on the heap and in array buffers. Needs Node's `--expose-gc`: the flag of areas that weigh. */
export const bytesInUse = (): number => {
  if (globalThis.gc === undefined) throw new Error('Run Node with --expose-gc to weigh memory.')
  for (let times = 0; times < 4; times++) globalThis.gc()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
