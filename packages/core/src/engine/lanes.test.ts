import { expect, it } from 'vitest'
import { Lanes, NOTHING } from './lanes.ts'
import type { LanesParts } from './lanes.ts'

const LIMITS = { concurrency: 5 }

it('a worker defines limits with its first turn, whichever lanes it uses later', () => {
  const parts: Partial<LanesParts> = {
    limits: LIMITS,
    keep: { dead: undefined, results: false } as never,
    listening: { live: true } as never,
    grants: { wanted: undefined, newest: undefined } as never,
  }
  const lanes = new Lanes(parts as LanesParts)
  const [one, other] = [lanes.take(), lanes.take()]
  const turns = [one, one, other, other, one].map((lane) => lanes.next(lane, [], NOTHING))
  expect(turns.map(({ seq, limits }) => [seq, limits])).toEqual([
    [1, LIMITS],
    [2, LIMITS],
    [1, undefined],
    [2, LIMITS],
    [3, LIMITS],
  ])
})
