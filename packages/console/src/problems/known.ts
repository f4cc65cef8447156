import { MqError } from '@mq/core'
import { Problem } from './problem.ts'

/**
 * The answer to a call that changes something: when the storage did not answer, nobody knows whether it was done.
 * `location`: where the state of the task can be read.
 */
export async function known<T>(call: Promise<T>, location?: string): Promise<T> {
  try {
    return await call
  } catch (thrown) {
    if (!MqError.is(thrown, 'unavailable') && !MqError.is(thrown, 'closed')) throw thrown
    const how =
      location === undefined ? 'look before you repeat it' : `look at ${location}, or repeat it with the same id`
    const detail = `the storage did not answer, so nobody knows whether it was done: ${how}`
    throw new Problem(503, 'unknown', detail, { retryAfterS: 1, location })
  }
}
