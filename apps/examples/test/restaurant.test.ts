// The restaurant of the article: a bounded queue, three cooks, two eaters.
import { startRedis } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from './run-program.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

describe.each(['memory', 'redis'] as const)('the restaurant on %s', (storage) => {
  let lines: readonly string[] = []
  beforeAll(async () => {
    const printed = await runProgram('restaurant.ts', storage === 'redis' ? redis.url : undefined)
    expect(printed.errors).toBe('')
    lines = printed.lines
  })

  it('lets the cooks put down ten dishes, and then wait', () => {
    const pause = lines.indexOf('nobody eats yet: 10 of 30 dishes are on the counter, the cooks wait')
    expect(lines.slice(0, pause).every((line) => PUT.test(line))).toBe(true)
    expect(pause).toBe(10)
  })

  it('serves each dish to one eater, once', () => {
    const put = matches(PUT)
    const taken = matches(TAKEN)
    for (const cook of ['1', '2', '3']) expect(put.filter(({ who }) => who === cook)).toHaveLength(10)
    expect(new Set(taken.map(({ dish }) => dish)).size).toBe(30)
    expect(asMenu(taken)).toEqual(asMenu(put))
    expect(new Set(taken.map(({ who }) => who))).toEqual(new Set(['1', '2']))
  })

  it('serves in the order of the counter', () => {
    const numbers = matches(TAKEN).map(({ dish }) => Number(dish.slice(1)))
    // Two eaters take from one end of one queue: neither may be more than one dish behind the other.
    numbers.forEach((number, i) => expect(numbers.slice(i + 2).every((later) => later > number)).toBe(true))
  })

  it('never had more than ten dishes on the counter, and ends with none', () => {
    expect(lines.at(-1)).toBe('30 dishes eaten, 0 left, never more than 10 on the counter')
    expect(lines).toHaveLength(10 + 1 + 20 + 30 + 1)
  })

  const PUT = /^cook (?<who>[123]) puts food (?<food>\d) as (?<dish>n\d+)$/
  const TAKEN = /^eater (?<who>[12]) takes food (?<food>\d) of (?<dish>n\d+)$/
  const matches = (pattern: RegExp): { who: string; food: string; dish: string }[] =>
    lines.flatMap((line) => {
      const { who, food, dish } = pattern.exec(line)?.groups ?? {}
      return who && food && dish ? [{ who, food, dish }] : []
    })
  const asMenu = (dishes: { food: string; dish: string }[]): string[] =>
    dishes.map(({ food, dish }) => `${dish}: ${food}`).toSorted()
})
