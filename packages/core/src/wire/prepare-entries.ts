import { invalidOption, show } from '../define/check-call.ts'
import { MqError } from '../errors.ts'

/**
 * Prepares each entry of a list. A refusal names the entry (also as `details.index`). Synchronous where the schema is,
 * so that a thousand tasks need no promise. `prepare` gets the payload or message of each entry, and a copy of its
 * options.
 */
export function prepareEntries<V, Of extends 'payload' | 'message', E extends Readonly<Record<Of, V>>, T>(
  entries: readonly E[],
  of: Of,
  prepare: (value: V, options: Omit<E, Of>) => T | Promise<T>,
): readonly T[] | Promise<readonly T[]> {
  let waits = false
  const prepared = entries.map((entry, index) => {
    try {
      let value: V
      let options: Omit<E, Of>
      try {
        if (typeof entry !== 'object' || !(of in entry)) throw invalidEntry(entry, of)
        ;({ [of]: value, ...options } = entry)
      } catch (thrown) {
        throw MqError.is(thrown, 'invalid-options') ? thrown : invalidEntry(entry, of, 'one that cannot be read')
      }
      const task = prepare(value, options)
      if (!(task instanceof Promise)) return task
      waits = true
      const named = task.catch((error: unknown) => {
        throw ofEntry(error, index)
      })
      // When a later entry is refused synchronously, nothing waits for this one.
      named.catch(() => undefined)
      return named
    } catch (error) {
      throw ofEntry(error, index)
    }
  })
  return waits ? Promise.all(prepared) : (prepared as readonly T[])
}

function invalidEntry(entry: unknown, of: string, what = `an object without ${of}`): Error {
  const given = typeof entry === 'object' && entry !== null ? what : show(entry)
  return invalidOption(of, `an entry is { ${of}, …its options }, not ${given}`, entry)
}

function ofEntry(error: unknown, index: number): unknown {
  if (!MqError.is(error)) return error
  return new MqError(error.code, `entry ${index}: ${error.message}`, {
    cause: error.cause,
    details: { ...error.details, index },
  })
}
