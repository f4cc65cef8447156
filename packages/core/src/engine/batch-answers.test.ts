import { expect, it } from 'vitest'
import { answersOf } from './batch-answers.ts'

it('an answer by id is of each task of that id: one whose lease was lost unnoticed may be here beside its new life', () => {
  const answers = new Map([
    ['a', 1],
    ['b', 2],
  ])
  expect(answersOf(answers, ['a', 'b', 'a'])).toEqual([1, 2, 1])
  expect(() => answersOf(answers, ['a', 'a'])).toThrow(/as many answers, not 2/)
})
