import { expect, it } from 'vitest'
import { partOf } from '../src/part-of.ts'

it('parts are about equal, and each item is in one of them', () => {
  const all = Array.from({ length: 100 }, (_, i) => i)
  const parts = [1, 2, 3].map((which) => partOf(all, `${which}/3`))
  expect(parts.map(({ length }) => length)).toEqual([34, 33, 33])
  expect(parts.flat().sort((one, other) => one - other)).toEqual(all)
  expect(partOf(all, '1/1')).toEqual(all)
})

it.each(['', '0/3', '4/3', '1', 'x/3', '1/0'])('%s is no part', (part) => {
  expect(() => partOf([1], part)).toThrow('--part is as 2/3')
})
