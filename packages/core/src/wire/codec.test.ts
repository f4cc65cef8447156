import { assert as check, anything, constantFrom, double, jsonValue, oneof, property } from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { decode, encode } from './codec.ts'
import { MqError } from '../errors.ts'

const write = (value: unknown, judged = false): string => encode(value, 'invalid-payload', 'the payload', judged)
const read = (text: string): unknown => decode(text, 'invalid-payload', 'the payload')

/** The path and the kind of what was refused; undefined when nothing was. */
function refusalOf(value: unknown, judged = false): unknown {
  try {
    write(value, judged)
    return undefined
  } catch (error) {
    if (!MqError.is(error, 'invalid-payload')) throw error
    const { path, kind } = error.details
    return typeof path === 'string' && typeof kind === 'string' ? `${path}: ${kind}` : error.message
  }
}

class Mail {
  to = 'ada@example.org'
}
class Decimal {
  toJSON(): string {
    return '1.5'
  }
}
const cycle: Record<string, unknown> = { a: [1] }
cycle['b'] = { c: cycle }
const deep = (levels: number): unknown => {
  let value: unknown = 0
  for (let i = 0; i < levels; i++) value = [value]
  return value
}

describe('a value on its way into storage', () => {
  it.each<[string, unknown, unknown]>([
    ['NaN', { a: [0, Number.NaN] }, 'a.1: NaN'],
    ['Infinity', { x: Infinity }, 'x: Infinity'],
    ['a value that is none', undefined, ': undefined'],
    ['an undefined item', [1, undefined], '1: undefined'],
    ['a hole', { list: [1, , 3] }, 'list.1: a hole'], // oxlint-disable-line no-sparse-arrays -- that is what is tested
    ['a function', { on: { done() {} } }, 'on.done: a function'],
    ['a symbol', { s: Symbol('secret') }, 's: a symbol'],
    ['a BigInt', { n: [1n] }, 'n.0: a BigInt'],
    ['a Map', { m: new Map([[1, 2]]) }, 'm: a Map'],
    ['a Set', new Set([1]), ': a Set'],
    ['a RegExp', { r: /x/ }, 'r: a RegExp'],
    ['an Error', { e: new TypeError('secret') }, 'e: a TypeError'],
    ['a Buffer', { b: Buffer.from([1]) }, 'b: a Buffer'],
    ['a typed array', [new Uint8Array(2)], '0: a Uint8Array'],
    ['an ArrayBuffer', new ArrayBuffer(2), ': an ArrayBuffer'],
    ['a Promise', { p: Promise.resolve(1) }, 'p: a Promise'],
    ['an invalid Date', { at: new Date(Number.NaN) }, 'at: an invalid Date'],
    ['a boxed number', { n: Object(5) }, 'n: a Number'],
    ['an object of a class', { mail: new Mail() }, 'mail: a Mail'],
    ['an object that writes itself', { price: new Decimal() }, 'price: a Decimal'],
    ['a URL', { url: new URL('http://a:secret@b') }, 'url: a URL'],
    ['an array of a class', new (class Rows extends Array {})(), ': a Rows'],
    ['an array that writes itself', Object.assign([1], { toJSON: () => 2 }), ': an array with a toJSON'],
    ['a cycle', cycle, 'b.c: something that it is in itself'],
    ['what has no bottom', deep(1_000_000), 'the payload is too deep or too large for JSON'],
    [
      'a getter that throws',
      {
        get x() {
          throw new Error('secret')
        },
      },
      'the payload cannot be written as JSON',
    ],
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          getPrototypeOf() {
            throw new Error('secret')
          },
        },
      ),
      'the payload cannot be written as JSON',
    ],
    ['a revoked proxy', revoked(), 'the payload cannot be written as JSON'],
  ])('is refused with its path: %s', (_, value, refusal) => {
    expect(refusalOf(value)).toBe(refusal)
  })

  it.each<[string, unknown, unknown]>([
    ['a Date, as its text', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
    ['an undefined member, as a missing one', { a: undefined, b: 1 }, { b: 1 }],
    ['-0, as 0', [-0], [0]],
    ['an object without prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [
      'an object of another realm',
      runInNewContext('({ a: [1, { b: new Date(0) }] })'),
      { a: [1, { b: '1970-01-01T00:00:00.000Z' }] },
    ],
    ['half a surrogate pair', '\ud800', '\ud800'],
    ['the largest numbers', [1e308, 5e-324, 2 ** 53 + 2], [1e308, 5e-324, 2 ** 53 + 2]],
    ['a member called constructor', { constructor: { prototype: 1 } }, { constructor: { prototype: 1 } }],
    ['the same object twice', [cycle['a'], cycle['a']], [[1], [1]]],
  ])('is taken: %s', (_, value, back) => {
    expect(isDeepStrictEqual(read(write(value)), back)).toBe(true)
  })

  it.each<[string, unknown, unknown]>([
    ['an object of a class', new Mail(), undefined],
    ['an object that writes itself', { price: new Decimal(), when: new URL('http://a') }, undefined],
    ['an array of a class', new (class Rows extends Array {})(), undefined],
    ['NaN in an object of a class', Object.assign(new Mail(), { n: Number.NaN }), 'n: NaN'],
    ['a Map', { m: new Map() }, 'm: a Map'],
    ['a Buffer', { b: Buffer.from([1]) }, 'b: a Buffer'],
    ['a hole', Array(1), '0: a hole'],
    ['an object whose content JSON cannot see', { q: new URLSearchParams('a=1') }, 'q: a URLSearchParams'],
  ])('before a schema that sees what JSON makes of it: %s', (_, value, refusal) => {
    expect(refusalOf(value, true)).toBe(refusal)
  })

  it('says no more than the kind of what it refuses', () => {
    for (const value of [
      { key: Symbol('secret') },
      { key: new URL('http://a:secret@b') },
      { key: new Error('secret') },
    ]) {
      expect(() => write(value)).toThrow(/^(?!.*secret)/)
    }
  })

  it('is refused, or comes back equal: any value', () => {
    check(
      property(anyValue, (value) => {
        if (refusalOf(value) !== undefined) return
        expect(isDeepStrictEqual(read(write(value)), asEverybodyExpects(value))).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is taken when it is made of what JSON knows: any value', () => {
    check(
      property(plainValue, (value) => {
        expect(refusalOf(value)).toBe(undefined)
      }),
      { numRuns: 500 },
    )
  })
})

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const withEverything = {
  maxDepth: 3,
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
}
const odd = constantFrom<unknown>(
  new Mail(),
  new Decimal(),
  /x/,
  new Error('x'),
  () => 1,
  Symbol('x'),
  new Date(0),
  new Date(Number.NaN),
  Number.NaN,
  -Infinity,
  undefined,
  Buffer.from([1]),
  new WeakMap(), // prettier-ignore
)
const anyValue = oneof(
  { maxDepth: 3 },
  anything(withEverything),
  anything({ ...withEverything, values: [odd, double()] }),
)

/** `__proto__` is refused, however plain it is. */
const plainValue = jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes('__proto__'))

/** A Date is its text, -0 is 0, and an undefined member is none. */
function asEverybodyExpects(value: unknown): unknown {
  if (value instanceof Date) return value.toJSON()
  if (Object.is(value, -0)) return 0
  if (Array.isArray(value)) return value.map(asEverybodyExpects)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => [key, asEverybodyExpects(member)]),
  )
}
