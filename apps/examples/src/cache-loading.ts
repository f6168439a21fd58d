// How do I protect a slow or failing backend, without ever serving what was deleted?
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { createCache } from '@holdfast/cache'

let price = 10
let isDown = false
let loads = 0

/** The backend: slow, and now and then down. */
const fetchPrice = async (): Promise<number> => {
  loads += 1
  const answer = price
  await wait(10)
  if (isDown) throw new Error('the price service is down')
  return answer
}

const prices = createCache<string, number>({ capacity: 1000 })
// #region options
const options = {
  ttlMs: 30,
  staleWhileRevalidateMs: 60_000, // answer with the old value at once while the new one is fetched
  staleIfErrorMs: 60_000, // and go on with the old one while the backend is down
  loadTimeoutMs: 5000,
}
const priceOf = (item: string): number | Promise<number> => prices.getOrLoad(item, fetchPrice, options)
// #endregion options

await Promise.all(Array.from({ length: 1000 }, () => priceOf('tea')))
assert.equal(loads, 1)
console.log('1000 callers at once, loads:', loads)

await wait(40)
price = 12
assert.equal(priceOf('tea'), 10)
while ((await priceOf('tea')) !== 12) await wait(5)
console.log('old price at once, and soon the new one:', await priceOf('tea'))

isDown = true
await wait(40)
assert.equal(await priceOf('tea'), 12)
console.log('while the service is down:', await priceOf('tea'))

// A delete during a load: who waits gets the answer, and the answer is not kept.
isDown = false
const waiting = prices.getOrLoad('coffee', fetchPrice, options)
prices.delete('coffee')
assert.equal(await waiting, 12)
assert.equal(prices.has('coffee'), false)
console.log('deleted while it was loaded, and not put back')
