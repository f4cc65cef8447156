import type { StandardSchema } from '@mq/core'

/** A schema for cases: `parse` throws for values that it does not accept. */
function schemaOf<In, Out>(parse: (value: unknown) => Out): StandardSchema<In, Out> {
  return {
    '~standard': {
      version: 1,
      vendor: 'mq-conformance',
      validate(value) {
        try {
          return { value: parse(value) }
        } catch (thrown) {
          return { issues: [{ message: String(thrown), path: ['field'] }] }
        }
      },
    },
  }
}

export const wholeNumber: StandardSchema<number, number> = schemaOf((value) => {
  if (!Number.isSafeInteger(value)) throw new TypeError('not a whole number')
  return value as number
})

export const text: StandardSchema<string, string> = schemaOf((value) => {
  if (typeof value !== 'string') throw new TypeError('not a text')
  return value
})

/** Its input is a text, its output a Date. */
export const dateFromText: StandardSchema<string, Date> = schemaOf((value) => {
  if (typeof value !== 'string' || Number.isNaN(Date.parse(value))) throw new TypeError('not a date')
  return new Date(value)
})

/** Accepts only a Date, which JSON does not have. */
export const onlyDate: StandardSchema<Date, Date> = schemaOf((value) => {
  if (!(value instanceof Date)) throw new TypeError('not a Date')
  return value
})

/** A promise that a case ends when it wants to. */
export interface Gate<T = void> {
  readonly promise: Promise<T>
  open(value: T): void
}

export function gate<T = void>(): Gate<T> {
  let open!: (value: T) => void
  const promise = new Promise<T>((resolve) => (open = resolve))
  return { promise, open }
}

/** Resolves with the signal's reason when it aborts. */
export function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason)
    else signal.addEventListener('abort', () => resolve(signal.reason), { once: true })
  })
}
