import { expect, expectTypeOf, it } from 'vitest'
import { type Around, intercept } from './intercept.ts'
import type { Operations } from './operations.ts'

interface Shelf {
  readonly name: string
  readonly size: number
  put(key: string, value: number, options?: object): Promise<string>
  take?(key: string): Promise<number>
  each(from: number): AsyncIterable<number>
  use(work: (value: number) => Promise<number>): Promise<number>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const operations: Operations<Shelf> = {
  put: { kind: 'unary', effect: 'write', idempotent: true, key: 0, options: 2 },
  take: { kind: 'unary', effect: 'read', idempotent: true, key: 0 },
  each: { kind: 'stream', effect: 'read', idempotent: true },
  use: { kind: 'callback', effect: 'read' },
  close: { kind: 'local' },
  [Symbol.asyncDispose]: { kind: 'local' },
}

class BaseShelf {
  readonly #items = new Map<string, number>()
  get size(): number {
    return this.#items.size
  }
  get locked(): string {
    throw new Error('read too early')
  }
  async put(key: string, value: number): Promise<string> {
    this.#items.set(key, value)
    return `${key}=${value}`
  }
  async *each(from: number): AsyncGenerator<number> {
    for (const value of this.#items.values()) if (value >= from) yield value
  }
  async use(work: (value: number) => Promise<number>): Promise<number> {
    return work(this.#items.size)
  }
  async close(): Promise<void> {
    this.#items.clear()
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** A driver as drivers are: private state, inheritance, a getter, a symbol, something beyond the contract. */
class TestShelf extends BaseShelf implements Shelf {
  readonly name = 'shelf'
  readonly #extra = 'extra'
  override async put(key: string, value: number): Promise<string> {
    return `put ${await super.put(key, value)}`
  }
  beyond(...values: readonly number[]): string {
    return `${this.#extra} ${values.join()}`
  }
}

const recording = (seen: unknown[]): Around => ({
  unary: (call, next, first, second, third) => {
    seen.push([call.name, call.kind, call.key, first, second, third])
    return next(first, second, third)
  },
  stream: (call, next, first) => {
    seen.push([call.name, call.kind, first])
    return next(first)
  },
  callback: (call, next, first) => {
    seen.push([call.name, call.kind])
    return next(first)
  },
})

const drain = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

it('runs each kind of operation through its function, on the private state of the wrapped object', async () => {
  const seen: unknown[] = []
  const shelf = intercept(new TestShelf(), operations, recording(seen))
  expect(await shelf.put('a', 1)).toBe('put a=1')
  expect(await drain(shelf.each(0))).toEqual([1])
  expect(await shelf.use(async (size) => size + 10)).toBe(11)
  expect(seen).toEqual([
    ['put', 'unary', 0, 'a', 1, undefined],
    ['each', 'stream', 0],
    ['use', 'callback'],
  ])
})

it('forwards everything else: properties, getters, symbols, methods beyond the contract', async () => {
  const seen: unknown[] = []
  const inner = new TestShelf()
  const shelf = intercept(inner, operations, recording(seen))
  expectTypeOf(shelf).toEqualTypeOf<TestShelf>()
  await inner.put('a', 1)
  expect([shelf.name, shelf.size]).toEqual(['shelf', 1])
  expect(shelf.beyond(1, 2, 3, 4, 5)).toBe('extra 1,2,3,4,5')
  await shelf[Symbol.asyncDispose]()
  expect(shelf.size).toBe(0)
  expect(seen).toEqual([])
})

it('reads a getter when it is asked for, not before', () => {
  const shelf = intercept(new TestShelf(), operations, {})
  expect(Object.keys(shelf)).not.toContain('locked')
  expect(() => shelf.locked).toThrow('read too early')
})

it('works where its methods are taken off it', async () => {
  const { put, each, close } = intercept(new TestShelf(), operations, recording([]))
  await put('a', 1)
  expect(await drain(each(0))).toEqual([1])
  await close()
})

it('keeps a kind that has no function as it is', async () => {
  const shelf = intercept(new TestShelf(), operations, {})
  await shelf.put('a', 1)
  expect(await drain(shelf.each(0))).toEqual([1])
  expect(await shelf.use(async (size) => size)).toBe(1)
})

it('lets a function change arguments, result, and whether there is a call at all', async () => {
  const shelf = intercept<Shelf, TestShelf>(new TestShelf(), operations, {
    unary: async (_call, next, key, value) =>
      key === 'none' ? 'skipped' : `${await next(`${key}!`, Number(value) + 1)} seen`,
    stream: async function* (_call, next, from) {
      for await (const value of next(from)) yield Number(value) * 100
    },
  })
  expect(await shelf.put('a', 1)).toBe('put a!=2 seen')
  expect(await shelf.put('none', 1)).toBe('skipped')
  expect(await drain(shelf.each(0))).toEqual([200])
})

it('rejects where the method throws', async () => {
  const seen: string[] = []
  const inner: Pick<Shelf, 'take'> = {
    take: () => {
      throw new Error('thrown')
    },
  }
  const shelf = intercept(
    inner,
    { take: operations.take },
    {
      unary: (_call, next, first) => next(first).finally(() => seen.push('settled')),
    },
  )
  await expect(shelf.take?.('a')).rejects.toThrow('thrown')
  expect(seen).toEqual(['settled'])
})

it('leaves out what the wrapped object leaves out, and wraps what it has', async () => {
  const seen: unknown[] = []
  expect('take' in intercept(new TestShelf(), operations, {})).toBe(false)
  const inner = { take: async () => 1, put: undefined }
  const shelf = intercept(inner, operations as Operations<typeof inner>, recording(seen)) // a table may say more than is there
  expect(await shelf.take()).toBe(1)
  expect(shelf.put).toBeUndefined()
  expect(seen).toHaveLength(1)
})

it('can be stacked', async () => {
  const seen: unknown[] = []
  const inner = new TestShelf()
  const shelf = intercept(intercept(inner, operations, recording(seen)), operations, recording(seen))
  await shelf.put('a', 1)
  expect(inner.size).toBe(1)
  expect(seen).toHaveLength(2)
})

it('does not take its own properties for those of every object', () => {
  const table: Operations<{ toString(): string }> = { toString: { kind: 'local' } }
  expect(Reflect.ownKeys(intercept({}, table, {}))).toEqual([])
})
