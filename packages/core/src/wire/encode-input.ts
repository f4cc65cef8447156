import { decode, encode } from './codec.ts'
import { isUnchecked, parse } from '../define/schema.ts'
import type { StandardSchema } from '../define/schema.ts'
import { MAX_PAYLOAD_BYTES } from '../ports/limits.ts'
import { MqError } from '../errors.ts'
import type { MqErrorCode } from '../errors.ts'

/** What is encoded, for messages and errors. */
export interface Input {
  readonly code: MqErrorCode
  /** `the payload`. */
  readonly what: string
  /** Throws when the text is too long. */
  readonly checkText: (text: string, maxBytes: number) => void
}

/**
 * A value as it is stored: the encoded *input* of its schema. It is parsed as its reader will parse it, so a value that
 * the schema would not accept again (a `Date` that JSON made a string) is refused here, where the caller can still
 * correct it. Synchronous where the schema is.
 */
export function encodeInput(
  schema: StandardSchema<any, any> | undefined,
  value: unknown,
  { code, what, checkText }: Input,
  maxBytes: number = MAX_PAYLOAD_BYTES,
): string | Promise<string> {
  const judged = !isUnchecked(schema)
  const text = encode(value, code, what, judged)
  checkText(text, maxBytes)
  if (!judged) return text
  const parsed = explained(value, () => parse(schema, decode(text, code, what), code, what))
  return parsed instanceof Promise ? parsed.then(() => text) : text
}

/**
 * A schema for a Date reports that it received a string, which is true, but does not help a caller who passed a Date.
 */
function explained(value: unknown, check: () => unknown): unknown {
  const explain = (error: unknown): never => {
    const issues = MqError.is(error) ? error.details['issues'] : undefined
    const path = Array.isArray(issues) ? (issues[0] as { readonly path?: unknown } | undefined)?.path : undefined
    if (!MqError.is(error) || typeof path !== 'string' || !isDateAt(value, path)) throw error
    throw new MqError(
      error.code,
      `${error.message}. A Date is a string in JSON, and the schema sees that: take it (zod: z.coerce.date())`,
      {
        details: error.details,
      },
    )
  }
  try {
    const parsed = check()
    return parsed instanceof Promise ? parsed.catch(explain) : parsed
  } catch (error) {
    return explain(error)
  }
}

function isDateAt(value: unknown, path: string): boolean {
  try {
    let at = value
    for (const step of path === '' ? [] : path.split('.')) at = (at as Readonly<Record<string, unknown>>)[step]
    return at instanceof Date
  } catch {
    return false
  }
}
