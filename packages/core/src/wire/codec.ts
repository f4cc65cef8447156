import { kindOf } from '../values/kind-of.ts'
import { MAX_BATCH_BYTES } from '../ports/limits.ts'
import { MqError, toError } from '../errors.ts'
import type { MqErrorCode } from '../errors.ts'
import { cycleIn, jsonChangeIn } from './json-change.ts'
import type { JsonChange } from './json-change.ts'

/**
 * The JSON text of a value, from which an equal value can be read back: values that JSON would change (NaN, a Map, a
 * missing element, an object of a class, …) are refused, as is a key `__proto__`. Throws an MqError with `code` and, in
 * `details`, the `path` and the `kind` of the value there. With `judged`, a schema checks the value next, as JSON made
 * it. Complexity: O(size), synchronous; payloads are bounded by `maxPayloadBytes`.
 */
export function encode(value: unknown, code: MqErrorCode, what: string, judged = false): string {
  let text: string | undefined
  let change: JsonChange | undefined
  try {
    text = JSON.stringify(value)
    change = text === undefined ? { path: '', kind: kindOf(value) } : jsonChangeIn(value, judged)
  } catch (thrown) {
    throw unwritable(value, code, what, toError(thrown))
  }
  if (change !== undefined) throw changed(change, code, what)
  // A value that would be refused when it is read is refused now.
  if (MAY_POISON.test(text!)) decode(text!, code, what)
  return text!
}

function changed({ path, kind }: JsonChange, code: MqErrorCode, what: string, why?: unknown): MqError {
  const where = path === '' ? 'it' : path
  return new MqError(code, `${what} would not be the same after JSON: ${where} is ${kind}`, {
    ...(why === undefined ? undefined : { cause: why }),
    details: { path, kind },
  })
}

/** A BigInt, a cycle, a getter or a `toJSON` that throws; too many levels, too long a text. */
function unwritable(value: unknown, code: MqErrorCode, what: string, cause: Error): MqError {
  if (cause instanceof RangeError) return new MqError(code, `${what} is too deep or too large for JSON`, { cause })
  const change = guarded(() => jsonChangeIn(value, false)) ?? guarded(() => cycleIn(value))
  if (change !== undefined) return changed(change, code, what, cause)
  return new MqError(code, `${what} cannot be written as JSON`, { cause })
}

/** Of a value that threw once already. */
function guarded<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}

/** The value of a JSON text. Throws an MqError with `code`, also for a key `__proto__`, which poisons a later merge. */
export function decode(text: string, code: MqErrorCode, what: string): unknown {
  try {
    return JSON.parse(text, MAY_POISON.test(text) ? refusePrototype : undefined)
  } catch (cause) {
    if (MqError.is(cause)) throw cause
    // JSON.parse quotes the text in its message, so it is not passed on as the cause: no payload in errors.
    throw new MqError(code, `${what} is not JSON`)
  }

  function refusePrototype(key: string, value: unknown): unknown {
    if (key === '__proto__') throw new MqError(code, `${what} has a key "__proto__", which is refused`)
    return value
  }
}

/** `__proto__`, also with any of its characters escaped. Testing is cheap; parsing with a reviver is not. */
const MAY_POISON = /__proto__|\\u00(?:5[fF]|7[0-9]|6[fF])/

/** Throws `payload-too-large`. */
export function checkBytes(text: string, maxBytes: number, what: string): void {
  // A UTF-16 unit is at most three bytes of UTF-8: most texts need no count.
  if (text.length * 3 <= maxBytes) return
  const bytes = byteLengthOf(text)
  if (bytes > maxBytes) {
    throw new MqError('payload-too-large', `${what} has ${bytes} bytes, more than ${maxBytes}`, {
      details: { bytes, maxBytes },
    })
  }
}

/** Returns their length together, in UTF-16 units. Throws `batch-too-large`. */
export function checkBatchBytes(texts: readonly string[]): number {
  const units = texts.reduce((sum, text) => sum + text.length, 0)
  if (units * 3 <= MAX_BATCH_BYTES) return units
  const bytes = texts.reduce((sum, text) => sum + byteLengthOf(text), 0)
  if (bytes > MAX_BATCH_BYTES) throw new MqError('batch-too-large', `at most 4 MiB at once, not ${bytes} bytes`)
  return units
}

/** Of its UTF-8 form. */
function byteLengthOf(text: string): number {
  return new TextEncoder().encode(text).length
}
