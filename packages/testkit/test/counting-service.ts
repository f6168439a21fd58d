import type { CallOptions, Operations } from '@holdfast/contracts'

/** A contract with one method of each kind, to try layers on. */
export interface CountingService {
  readonly name: string
  add(amount: number, options?: CallOptions): Promise<number>
  read(options?: CallOptions): Promise<number>
  items(options?: CallOptions): AsyncIterable<number>
  use(work: (total: number) => Promise<number>): Promise<number>
  close(): Promise<void>
}

/** The operation table of {@link CountingService}. */
export const countingOperations: Operations<CountingService> = {
  add: { kind: 'unary', effect: 'write', idempotent: false, options: 1 },
  read: { kind: 'unary', effect: 'read', idempotent: true, options: 0 },
  items: { kind: 'stream', effect: 'read', idempotent: true, options: 0 },
  use: { kind: 'callback', effect: 'write' },
  close: { kind: 'local' },
}

/** Counts what is added to it. */
export const createCountingService = (): CountingService => {
  let total = 0
  return {
    name: 'counter',
    async add(amount) {
      total += amount
      return total
    },
    read: async () => total,
    async *items() {
      for (let item = 1; item <= 3; item++) yield item
    },
    use: (work) => work(total),
    close: async () => {},
  }
}
