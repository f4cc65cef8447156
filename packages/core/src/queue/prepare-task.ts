import { checkBytes, decode, encode } from '../codec.ts'
import { checkInteger, checkOptions } from '../define/check.ts'
import { MAX_DELAY_MS } from '../define/limits.ts'
import type { QueueDefinition } from '../define/define-queue.ts'
import { isUnchecked, parse } from '../define/schema.ts'
import type { NewTask } from '../ports/queue-driver.ts'
import { encodeHeader } from './header.ts'
import type { EnqueueOptions } from './queue.ts'

const OPTIONS: readonly (keyof EnqueueOptions)[] = [
  'id',
  'delayMs',
  'priority',
  'timeoutMs',
  'expiresInMs',
  'headers',
  'signal',
]

export const NO_OPTIONS: EnqueueOptions = Object.freeze({})

/** As in JMS. */
const DEFAULT_PRIORITY = 4

/**
 * A task as it is stored: the encoded *input*. It is parsed as it will be at delivery, so what the schema would not take
 * back (a `Date` that JSON made a string) is refused here, while somebody can still do something about it.
 */
export function prepareTask<In>(
  { payload: schema, maxPayloadBytes }: QueueDefinition<In, any, any, any>,
  payload: In,
  options: EnqueueOptions,
): NewTask | Promise<NewTask> {
  if (options !== NO_OPTIONS) checkOptions('enqueue', options, OPTIONS)
  const text = encode(payload, 'invalid-payload', 'the payload')
  checkBytes(text, maxPayloadBytes, 'the payload')
  const { id, delayMs = 0, priority = DEFAULT_PRIORITY } = options
  const task: NewTask = {
    id,
    level: checkInteger('priority', priority, 0, 9),
    delayMs: checkInteger('delayMs', delayMs, 0, MAX_DELAY_MS),
    header: encodeHeader(options),
    payload: text,
  }
  if (isUnchecked(schema)) return task
  const parsed: unknown = parse(
    schema,
    decode(text, 'invalid-payload', 'the payload'),
    'invalid-payload',
    'the payload',
  )
  return parsed instanceof Promise ? parsed.then(() => task) : task
}
