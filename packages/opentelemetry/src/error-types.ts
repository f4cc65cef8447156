import { MqError } from '@mq/core'
import { Few } from './few.ts'

/** What the conventions say for a type that is not among the few of an instrumentation. */
const OTHER = '_OTHER'
const MOST_TYPES = 100
const TYPE = /^[\w$.:/-]{1,64}$/

/**
 * `error.type`: the code of an error of mq, or the name of another one. It is an attribute of metrics, each value of it
 * a series, and an error has the name that a program gives it: what is no name, and what comes after a hundred others,
 * is `_OTHER`.
 */
export class ErrorTypes {
  readonly #few = new Few(MOST_TYPES)

  of(error: Error): string {
    const name: unknown = MqError.is(error) ? error.code : error.name
    if (typeof name !== 'string' || !TYPE.test(name)) return OTHER
    return this.#few.of(name) ?? OTHER
  }
}
