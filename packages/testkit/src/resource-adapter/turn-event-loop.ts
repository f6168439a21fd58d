/** Lets the event loop turn so many times. */
export const turnEventLoop = async (times: number): Promise<void> => {
  for (let turn = 0; turn < times; turn++) await new Promise((resolve) => setImmediate(resolve))
}
