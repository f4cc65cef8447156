import { describe, expect, it } from 'vitest'
import { kindOf } from './kind-of.ts'

const secret = 'hunter2'
const forbidding = new Proxy(
  {},
  {
    getPrototypeOf() {
      throw new Error(secret)
    },
  },
)
const named = Object.create({ constructor: { name: `${secret}; DROP` } })
const throwing = Object.create({
  get constructor() {
    throw new Error(secret)
  },
})

describe('the kind of a value', () => {
  it.each<[unknown, string]>([
    [undefined, 'undefined'],
    [null, 'null'],
    [true, 'true'],
    [5, 'a number'],
    [Number.NaN, 'NaN'],
    [-Infinity, '-Infinity'],
    [secret, 'a string'],
    ['', 'an empty string'],
    [5n, 'a BigInt'],
    [Symbol(secret), 'a symbol'],
    [() => secret, 'a function'],
    [[secret], 'an array'],
    [{ secret }, 'an object'],
    [Object.create(null), 'an object'],
    [new Map(), 'a Map'],
    [new Error(secret), 'an Error'],
    [new Uint8Array(1), 'a Uint8Array'],
    [new URL(`http://${secret}`), 'a URL'],
    [named, 'an object'],
    [throwing, 'an object'],
    [forbidding, 'an object'],
  ])('names it, and nothing of it: %#', (value, kind) => {
    expect(kindOf(value)).toBe(kind)
  })
})
