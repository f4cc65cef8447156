import { MqError } from '@mq/core'
import { Refusal } from './refusal.ts'

/**
 * The error of a call that produces when the storage did not answer: it may have been done. `ask` is where a client can
 * read the state. Other errors as they are.
 */
export function unknownOutcome(error: unknown, ask?: { readonly id: string; readonly location: string }): unknown {
  if (!MqError.is(error, 'unavailable') && !MqError.is(error, 'closed')) return error
  const how = ask ? `ask at ${ask.location}, or send it again with the same id` : 'it may have been published'
  return new Refusal(503, 'unknown', `the storage did not answer, so nobody knows whether it was done: ${how}`, 1, ask)
}
