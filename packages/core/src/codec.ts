import { MAX_BATCH_BYTES } from './define/limits.ts'
import { MqError } from './errors.ts'
import type { MqErrorCode } from './errors.ts'

/**
 * JSON text of a value. Throws an MqError with `code` when JSON has no form for it (a function, a BigInt, a cycle), or when
 * it has a key `__proto__`.
 * Complexity: O(size), synchronous; payloads are bounded by `maxPayloadBytes`.
 */
export function encode(value: unknown, code: MqErrorCode, what: string): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw new MqError(code, `${what} cannot be written as JSON`, { cause })
  }
  if (text === undefined) throw new MqError(code, `${what} cannot be written as JSON: it is ${typeof value}`)
  // What would be refused when it is read is refused now.
  if (MAY_POISON.test(text)) decode(text, code, what)
  return text
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

/** Answers how many UTF-16 units they are together. Throws `batch-too-large`. */
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
