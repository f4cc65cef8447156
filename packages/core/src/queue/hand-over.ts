import type { QueueDefinition } from '../define/define-queue.ts'
import type { Outbox } from '../define/plain.ts'
import { parse } from '../define/schema.ts'
import { workOf } from '../engine/work.ts'
import type { Work } from '../engine/work.ts'
import { MqError } from '../errors.ts'
import { bury, retry } from '../handler/handler.ts'
import type { Verdict } from '../handler/handler.ts'
import type { PlainStorage } from '../ports/plain.ts'
import { decode } from '../wire/codec.ts'

/** How long a task waits whose push was not confirmed: it may be in the list. */
const AGAIN_MS = 1_000

/**
 * The work of a queue whose tasks are for other programs: each is pushed to the outbox, and is complete then. A task
 * whose push was not confirmed is pushed again, so that the list may have it twice.
 */
export function handOverWork(
  definition: QueueDefinition<any, any, any, any>,
  { key, format }: Outbox,
  plain: PlainStorage,
): Work {
  const { payload: schema } = definition
  const handler = async (payload: string): Promise<Verdict | void> => {
    const text = format === 'text' ? (JSON.parse(payload) as unknown) : payload
    if (typeof text !== 'string') return bury('not a text')
    try {
      await plain.push(key, [text])
    } catch (error) {
      if (!MqError.is(error, 'unavailable')) throw error
      return retry({ delayMs: AGAIN_MS, countsAsAttempt: false })
    }
  }
  return {
    ...workOf(definition, handler, false),
    /** Checked, and left as it is stored. */
    decodePayload(text) {
      const parsed: unknown = parse(
        schema,
        decode(text, 'invalid-payload', 'the payload'),
        'invalid-payload',
        'the payload',
      )
      return parsed instanceof Promise ? parsed.then(() => text) : text
    },
    encodeResult: () => undefined,
  }
}

/** Throws `unsupported` where the adapter knows no other programs. */
export function plainOf({ plain }: { readonly plain?: PlainStorage | undefined }, what: string): PlainStorage {
  if (plain === undefined)
    throw new MqError('unsupported', `this adapter has no lists and topics of other programs (${what})`)
  return plain
}
