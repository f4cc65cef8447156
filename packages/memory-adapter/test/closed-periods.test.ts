import { expect, it } from 'vitest'
import { ClosedPeriods } from '../src/closed-periods.ts'

it('keeps the periods of a time as a list would, with gaps between them, and answers any page', () => {
  const kept = 50
  const closed = new ClosedPeriods(kept)
  let list: { number: number; record: string }[] = []
  let number = 65_500
  for (let i = 0; i < 500; i++) {
    number += i % 97 === 96 ? 200 : 1 + ((i * 7) % 3)
    const record = String.fromCharCode(...Array.from({ length: 14 }, (_, k) => (i * 31 + k * 7) % 256))
    closed.push(number, record)
    list = [...list, { number, record }].filter((each) => each.number > number - kept)
    const skip = i % 9
    expect([closed.count, closed.page(skip, 20)]).toEqual([list.length, list.toReversed().slice(skip, skip + 20)])
  }
  closed.clear()
  expect(closed.page(0, 9)).toEqual([])
  closed.push(3, 'of another one')
  expect(closed.page(0, 9)).toEqual([{ number: 3, record: 'of another one' }])
})
