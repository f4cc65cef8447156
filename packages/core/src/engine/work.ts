import { decode } from '../wire/codec.ts'
import type { QueueDefinition } from '../define/define-queue.ts'
import type { ResolvedKeep } from '../define/keep.ts'
import { MAX_PAYLOAD_BYTES } from '../ports/limits.ts'
import type { DefinedLimits } from '../ports/queue-limits.ts'
import type { OutcomeLimits } from '../ports/queue-driver.ts'
import { parse } from '../define/schema.ts'
import { encodeInput } from '../wire/encode-input.ts'
import type { Input } from '../wire/encode-input.ts'
import { MqError } from '../errors.ts'
import type { Handler } from '../handler/handler.ts'
import type { RetryRules } from './retry-policy.ts'

/** What an executor must know of a queue or of a group to run its handler. */
export interface Work extends RetryRules {
  readonly timeoutMs: number | undefined
  readonly keep: ResolvedKeep
  readonly outcomes?: OutcomeLimits | undefined
  readonly limits?: DefinedLimits | undefined
  /** The storage can hold the queue, or a key. */
  readonly holds?: boolean | undefined
  readonly handler: Handler<never, unknown>
  /** The stored payload as the handler gets it. Throws an MqError `invalid-payload`. */
  decodePayload(text: string): unknown
  /** What the handler returned, as it is stored. Throws an MqError `invalid-result`. */
  encodeResult(value: unknown): string | undefined | Promise<string | undefined>
}

const RESULT: Input = {
  code: 'invalid-result',
  what: 'the result',
  checkText({ length }) {
    if (length <= MAX_PAYLOAD_BYTES) return
    throw new MqError('invalid-result', `the result has ${length} characters, more than ${MAX_PAYLOAD_BYTES}`)
  },
}

export function workOf<Out, ResultIn>(
  definition: QueueDefinition<any, Out, ResultIn, any>,
  handler: Handler<Out, ResultIn>,
  holds: boolean,
): Work {
  const { payload, result, attempts, backoff, retryIf, timeoutMs, keep, outcomes, limits } = definition
  return {
    attempts,
    backoff,
    retryIf,
    timeoutMs,
    keep,
    outcomes,
    limits,
    holds,
    handler,
    decodePayload: (text) =>
      parse(payload, decode(text, 'invalid-payload', 'the payload'), 'invalid-payload', 'the payload'),
    encodeResult(value) {
      if (value === undefined && result === undefined) return undefined
      if (value !== undefined) return encodeInput(result, value, RESULT)
      const parsed: unknown = parse(result, undefined, 'invalid-result', 'the result')
      return parsed instanceof Promise ? parsed.then(() => undefined) : undefined
    },
  }
}
