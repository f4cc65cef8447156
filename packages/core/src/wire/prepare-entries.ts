import { invalidOption, show } from '../define/check-call.ts'
import { MqError } from '../errors.ts'

/**
 * Prepares each entry of a list. What is refused says which entry it was (also as `details.index`). Answers at once where the
 * schema does: a thousand tasks pay for no promise.
 */
export function prepareEntries<E extends object, T>(
  entries: readonly E[],
  prepare: (entry: E) => T | Promise<T>,
  of: 'payload' | 'message' = 'payload',
): readonly T[] | Promise<readonly T[]> {
  let waits = false
  // Array.from visits holes, too.
  const prepared = Array.from(entries, (entry, index) => {
    try {
      checkEntry(entry, of)
      const task = prepare(entry)
      if (!(task instanceof Promise)) return task
      waits = true
      const named = task.catch((error: unknown) => {
        throw ofEntry(error, index)
      })
      // Where a later entry is refused at once, nobody waits for this one.
      named.catch(() => undefined)
      return named
    } catch (error) {
      throw ofEntry(error, index)
    }
  })
  return waits ? Promise.all(prepared) : (prepared as readonly T[])
}

function checkEntry(entry: unknown, of: string): void {
  if (typeof entry === 'object' && entry !== null && of in entry) return
  const given = typeof entry === 'object' && entry !== null ? `an object without ${of}` : show(entry)
  throw invalidOption(of, `an entry is { ${of}, …its options }, not ${given}`, entry)
}

function ofEntry(error: unknown, index: number): unknown {
  if (!MqError.is(error)) return error
  return new MqError(error.code, `entry ${index}: ${error.message}`, {
    cause: error.cause,
    details: { ...error.details, index },
  })
}
