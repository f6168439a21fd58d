import { expect, expectTypeOf, it } from 'vitest'
import { intercept } from './intercept.ts'
import { compose, type Layer } from './layer.ts'
import type { Operations } from './operations.ts'

interface Greeter {
  greet(name: string): Promise<string>
}

interface Counted {
  count(): number
}

const operations: Operations<Greeter> = { greet: { kind: 'unary', effect: 'read', idempotent: true, key: 0 } }

const named =
  (name: string): Layer<Greeter> =>
  (inner) =>
    intercept<Greeter, typeof inner>(inner, operations, {
      unary: async (_call, next, first) => `${name}(${await next(first)})`,
    })

const base: Greeter & Counted = { greet: async (name) => `hello ${name}`, count: () => 7 }

it('puts the first layer outermost', async () => {
  expect(await compose(base, named('first'), named('second'), named('third')).greet('you')).toBe(
    'first(second(third(hello you)))',
  )
})

it('gives the base itself back when there is no layer', () => {
  expect(compose(base)).toBe(base)
})

it('keeps what the base can do beyond the contract, in the type and in fact', () => {
  const layered = compose(base, named('first'), named('second'))
  expectTypeOf(layered).toEqualTypeOf<Greeter & Counted>()
  expect(layered.count()).toBe(7)
})

it('takes only layers of the contract', () => {
  const wrong: Layer<{ other(): void }> = (inner) => inner
  // @ts-expect-error the base is not of the contract that this layer wraps
  expect(compose(base, wrong)).toBe(base)
})
