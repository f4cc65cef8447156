import { expect, it } from 'vitest'
import { Losses } from './losses.ts'

it('names a thousand channels of those that lost something, and sums up the others', () => {
  const losses = new Losses()
  for (const size of [1, 2]) {
    const more = new Losses()
    for (let i = 0; i < 5_000; i++) more.add(`channel-${i}`, { size, cause: 'transport' })
    losses.addAll(more)
  }
  const all = [...losses]
  expect(all).toHaveLength(1_001)
  expect(all.filter(([channel]) => channel === undefined)).toEqual([
    [undefined, { size: 4_000 * 3, cause: 'transport' }],
  ])
  expect(all.reduce((sum, [, { size }]) => sum + size!, 0)).toBe(5_000 * 3)
})
