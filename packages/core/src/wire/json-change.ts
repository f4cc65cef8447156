import { kindOf } from '../values/kind-of.ts'

/** Something in a value that JSON would turn into something else. */
export interface JsonChange {
  /** Where: `items.3.price`; empty for the value itself. */
  readonly path: string
  /** What is there, in words: `NaN`, `a Map`. Never the value. */
  readonly kind: string
}

/**
 * Finds a part of a value that would not be equal after JSON. As users of JSON expect, undefined members may be
 * missing, a Date may become its text, and -0 may become 0; symbol keys and named properties of an array are ignored,
 * as JSON ignores them. With `judged`, a schema checks what JSON makes of the value: then it decides about objects of a
 * class, and about values with a `toJSON` (also a BigInt). Call it with what `JSON.stringify` took, or a cycle
 * overflows the stack. Complexity: O(size).
 */
export function jsonChangeIn(value: unknown, judged: boolean): JsonChange | undefined {
  const found = isKept(value) ? undefined : changeIn(value, judged)
  return found && { path: found.steps.reverse().join('.'), kind: found.kind }
}

/** The path is collected on the way back, so that it costs nothing for a value without faults. */
interface Found {
  readonly kind: string
  readonly steps: PropertyKey[]
}

/** Handles the most frequent kinds of value without another call. */
function isKept(value: unknown): boolean {
  // Neither NaN nor an infinity.
  if (typeof value === 'number') return value - value === 0
  return typeof value === 'string' || typeof value === 'boolean' || value === null
}

function changeIn(value: unknown, judged: boolean): Found | undefined {
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'bigint' && judged && hasToJson(value) ? undefined : found(value)
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return changeInMembers(value as Members, judged)
  if (prototype === Array.prototype) return changeInItems(value as unknown[], judged)
  return changeInOdd(value, judged)
}

type Members = Readonly<Record<string, unknown>>

function changeInMembers(value: Members, judged: boolean): Found | undefined {
  for (const key in value) {
    const member = value[key]
    if (member === undefined || isKept(member)) continue
    const change = changeIn(member, judged)
    if (change === undefined) continue
    if (judged && hasToJson(value)) return undefined
    change.steps.push(key)
    return change
  }
  return undefined
}

function changeInItems(value: readonly unknown[], judged: boolean): Found | undefined {
  if (hasToJson(value)) return judged ? undefined : { kind: 'an array with a toJSON', steps: [] }
  for (let i = 0; i < value.length; i++) {
    const item = value[i]
    if (isKept(item)) continue
    const change = item === undefined && !(i in value) ? { kind: 'a hole', steps: [] } : changeIn(item, judged)
    if (change === undefined) continue
    change.steps.push(i)
    return change
  }
  return undefined
}

/** Of a class, or of another realm, where a plain object has another prototype. */
function changeInOdd(value: object, judged: boolean): Found | undefined {
  const tag = Object.prototype.toString.call(value).slice(8, -1)
  if (tag === 'Date') {
    return Number.isNaN(Date.prototype.getTime.call(value)) ? { kind: 'an invalid Date', steps: [] } : undefined
  }
  if (Array.isArray(value) && (judged || isForeign(value, 'concat'))) return changeInItems(value, judged)
  if (judged && hasToJson(value) && !ArrayBuffer.isView(value)) return undefined
  // Whatever has a tag of its own (a Map, an Error, a Promise, a URLSearchParams) does not keep its content in members.
  if (tag === 'Object' && (judged || isForeign(value, 'isPrototypeOf'))) return changeInMembers({ ...value }, judged)
  return found(value)
}

function isForeign(value: object, method: string): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return typeof prototype === 'object' && prototype !== null && hasOwn(prototype, method)
}

function hasOwn(value: object, key: PropertyKey): boolean {
  return Object.prototype.hasOwnProperty.call(value, key)
}

function hasToJson(value: object | bigint): boolean {
  return typeof (value as { readonly toJSON?: unknown }).toJSON === 'function'
}

function found(value: unknown): Found {
  return { kind: kindOf(value), steps: [] }
}

/**
 * The path at which a value contains itself. For values that `JSON.stringify` refused; throws when there are more
 * levels than the stack has.
 */
export function cycleIn(value: unknown): JsonChange | undefined {
  const above = new Set<object>()
  const done = new Set<object>()
  const visit = (part: unknown, path: string): string | undefined => {
    if (typeof part !== 'object' || part === null || done.has(part)) return undefined
    if (above.has(part)) return path
    above.add(part)
    for (const [key, member] of Object.entries(part)) {
      const cycle = visit(member, path === '' ? key : `${path}.${key}`)
      if (cycle !== undefined) return cycle
    }
    above.delete(part)
    done.add(part)
    return undefined
  }
  const path = visit(value, '')
  return path === undefined ? undefined : { path, kind: 'something that it is in itself' }
}
