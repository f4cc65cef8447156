import type { HeadersFor } from '../define/headers-for.ts'
import { adoptRejection } from '../values/adopt-rejection.ts'
import { checkBytes } from '../wire/codec.ts'
import { checkInteger, checkOptions, checkText, invalidOption, showWord } from '../define/check-call.ts'
import { MAX_DELAY_MS } from '../ports/limits.ts'
import type { QueueDefinition } from '../define/define-queue.ts'
import { encodeInput } from '../wire/encode-input.ts'
import type { Input } from '../wire/encode-input.ts'
import { messageOf, toError } from '../errors.ts'
import type { Dedupe, NewTask } from '../ports/queue-driver.ts'
import { checkHeaders, encodeHeader } from '../wire/header.ts'
import type { EnqueueOptions } from '../define/enqueue-options.ts'

const OPTIONS: readonly (keyof EnqueueOptions)[] = [
  'id',
  'delayMs',
  'priority',
  'timeoutMs',
  'expiresInMs',
  'attempts',
  'backoff',
  'keep',
  'key',
  'weight',
  'after',
  'onDead',
  'headers',
  'dedupe',
  'existing',
  'signal',
]

export const NO_OPTIONS: EnqueueOptions = Object.freeze({})

/** Other queues take the name of a job as the first argument. */
const ENQUEUE_TEXT = 'enqueue (a payload, then options: a queue has one kind of task, so there is no name)'

const PAYLOAD: Input = {
  code: 'invalid-payload',
  what: 'the payload',
  checkText: (text, maxBytes) => checkBytes(text, maxBytes, 'the payload'),
}

/** Priorities as in JMS. */
export const DEFAULT_PRIORITY = 4

/** The options of the caller, read once. */
export function checkEnqueueOptions(payload: unknown, options: EnqueueOptions): EnqueueOptions {
  return checkOptions(typeof payload === 'string' ? ENQUEUE_TEXT : 'enqueue', options, OPTIONS)
}

/** `options`: a copy already. Of a thousand tasks in one call most have none. */
export function checkEntryOptions(payload: unknown, options: EnqueueOptions): EnqueueOptions {
  for (const _ in options) return checkEnqueueOptions(payload, options)
  return NO_OPTIONS
}

/** A task as it is stored. `given`: checked. */
export function prepareTask<In>(
  definition: QueueDefinition<In, any, any, any>,
  payload: In,
  given: EnqueueOptions,
  headersFor: HeadersFor | undefined,
): NewTask | Promise<NewTask> {
  const options = headersFor === undefined ? given : withHeaders(given, definition.name, headersFor)
  const { id, delayMs = 0, priority = DEFAULT_PRIORITY, expiresInMs } = options
  const level = checkInteger('priority', priority, 0, 9)
  const delay = checkInteger('delayMs', delayMs, 0, MAX_DELAY_MS)
  const dedupe = options.dedupe === undefined ? undefined : checkDedupe(options.dedupe, id)
  const header = encodeHeader(options)
  if (expiresInMs !== undefined && expiresInMs <= delay) {
    throw invalidOption(
      'expiresInMs',
      `expiresInMs (${expiresInMs}) must be more than delayMs (${delay}), or the task never runs`,
      expiresInMs,
    )
  }
  const text = preparePayload(definition, payload)
  const replace = checkExisting(options)
  // Checked with the header.
  const { key, weight } = options
  const task = { id, dedupe, replace, level, key, weight, delayMs: delay, header, payload: '' }
  if (text instanceof Promise) return withPayload(task, text)
  task.payload = text
  return task
}

/** On its own, because a function inside `prepareTask` would cost each task memory. */
async function withPayload(task: NewTask, payload: Promise<string>): Promise<NewTask> {
  return { ...task, payload: await payload }
}

/** Whether the task replaces one that is there. */
function checkExisting({ existing, id, dedupe }: EnqueueOptions): true | undefined {
  if (existing === undefined) return undefined
  if (existing !== 'keep' && existing !== 'replace') {
    throw invalidOption('existing', `existing must be 'keep' or 'replace', not ${showWord(existing)}`, existing)
  }
  if (id === undefined && dedupe === undefined) {
    throw invalidOption('existing', 'existing needs an id or dedupe, by which an existing task is found', existing)
  }
  return existing === 'replace' || undefined
}

/** A payload as it is stored. */
export function preparePayload<In>(
  { payload: schema, maxPayloadBytes }: QueueDefinition<In, any, any, any>,
  payload: In,
): string | Promise<string> {
  return encodeInput(schema, payload, PAYLOAD, maxPayloadBytes)
}

/** The broker's headers under the caller's own. */
function withHeaders(options: EnqueueOptions, queue: string, headersFor: HeadersFor): EnqueueOptions {
  const headers = brokerHeaders(queue, headersFor)
  if (options.headers !== undefined) return { ...options, headers: { ...headers, ...checkHeaders(options.headers) } }
  return Object.keys(headers).length === 0 ? options : { ...options, headers }
}

/** Throws a TypeError where the function fails. */
export function brokerHeaders(queue: string, headersFor: HeadersFor): Readonly<Record<string, string>> {
  try {
    const answer = headersFor({ queue })
    // Refused below.
    adoptRejection(answer, () => undefined)
    return checkHeaders(answer)
  } catch (thrown) {
    const cause = toError(thrown)
    throw new TypeError(`the broker's headers failed for a task of queue ${queue}: ${messageOf(cause)}`, { cause })
  }
}

/** A task that may be delayed by so much more has to be able to run. */
export function checkSpread({ delayMs = 0, expiresInMs }: EnqueueOptions, spreadMs: number): void {
  if (expiresInMs === undefined || expiresInMs > delayMs + spreadMs) return
  throw invalidOption(
    'expiresInMs',
    `expiresInMs (${expiresInMs}) must be more than delayMs and jitterMs together (${delayMs + spreadMs}), or a task may never run`,
    expiresInMs,
  )
}

function checkDedupe(dedupe: Dedupe, id: string | undefined): Dedupe {
  dedupe = checkOptions('dedupe', dedupe, ['key', 'windowMs'])
  const { key, windowMs } = dedupe
  if (id !== undefined)
    throw invalidOption('dedupe', 'id and dedupe cannot be used together: each of them identifies the task', id)
  return {
    key: checkText('dedupe.key', key, 1, 128),
    windowMs: checkInteger('dedupe.windowMs', windowMs, 1, MAX_DELAY_MS),
  }
}
