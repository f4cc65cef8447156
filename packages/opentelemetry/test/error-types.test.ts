import { MqError } from '@mq/core'
import { expect, it } from 'vitest'
import { ErrorTypes } from '../src/error-types.ts'

const named = (name: unknown): Error => Object.assign(new Error('no'), { name })

it('the type of an error is its code or its name', () => {
  const types = new ErrorTypes()
  expect(types.of(new MqError('task-timeout', 'no'))).toBe('task-timeout')
  expect(types.of(new RangeError('no'))).toBe('RangeError')
})

it('what is no name is _OTHER', () => {
  const types = new ErrorTypes()
  for (const name of ['', 'order 4711 failed', 'x'.repeat(65), 'a\nb', 7, undefined, { toString: () => 'x' }]) {
    expect(types.of(named(name))).toBe('_OTHER')
  }
})

it('a hundred types are told apart, whatever programs call their errors', () => {
  const types = new ErrorTypes()
  const given = Array.from({ length: 5_000 }, (_, i) => types.of(named(`Order${i}Failed`)))
  expect(new Set(given).size).toBe(101)
  expect(given.slice(0, 100)).not.toContain('_OTHER')
  expect(types.of(named('Order7Failed'))).toBe('Order7Failed')
  expect(types.of(named('Order4711Failed'))).toBe('_OTHER')
})
