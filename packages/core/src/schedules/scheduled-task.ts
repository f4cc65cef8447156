import { checkOptions } from '../define/check-call.ts'
import type { QueueDefinition } from '../define/define-queue.ts'
import type { HeadersFor } from '../define/headers-for.ts'
import { MqError, toError } from '../errors.ts'
import type { ScheduledTask } from '../ports/schedules.ts'
import { brokerHeaders, checkSpread, DEFAULT_PRIORITY, prepareTask } from '../queue/prepare-task.ts'
import { decodeHeader, encodeHeader } from '../wire/header.ts'
import { SCHEDULE_HEADER, TICK_HEADER } from './schedule-book.ts'
import type { KeptTask, ScheduledTaskOptions } from './schedule-book.ts'

const OPTIONS: readonly (keyof ScheduledTaskOptions)[] = [
  'delayMs',
  'priority',
  'timeoutMs',
  'expiresInMs',
  'attempts',
  'backoff',
  'keep',
  'key',
  'weight',
  'headers',
]

/** A task of a schedule, as it is kept. */
export async function prepareScheduled<In>(
  definition: QueueDefinition<In, any, any, any>,
  name: string,
  payload: In,
  given: ScheduledTaskOptions,
  spreadMs: number,
): Promise<KeptTask> {
  const options = checkOptions('options of a schedule', given, OPTIONS)
  if (options.key !== undefined && definition.partitions > 1) {
    // A schedule and its ticks are in one partition, and a key has its own.
    throw new MqError('unsupported', `a schedule of queue ${definition.name} has no key, since it has partitions`)
  }
  const task = await prepareTask(definition, payload, options, undefined)
  checkSpread(options, spreadMs)
  const { level, delayMs } = task
  // The delay is in it, and each tick has one of its own.
  const { delayMs: _, ...header } = decodeHeader(task.header)
  const kept = { level, delayMs, header: encodeHeader(header), payload: task.payload }
  // What is too long with what a tick adds is refused now.
  at(kept, name, 0, spreadMs, {})
  return kept
}

/** With which it was prepared. */
export function optionsOf({ level, delayMs, header }: KeptTask): ScheduledTaskOptions {
  const { timeoutMs, expiresInMs, attempts, backoff, keep, key, weight, headers } = decodeHeader(header)
  const given = { timeoutMs, expiresInMs, attempts, backoff, keep, key, weight, headers }
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return {
    ...(level === DEFAULT_PRIORITY ? undefined : { priority: level }),
    ...(delayMs === 0 ? undefined : { delayMs }),
    ...set,
  }
}

/** The task of a tick. The schedule's own headers win over the broker's, which are left out where they fail. */
export function scheduledTask(
  task: KeptTask,
  { name, instant, spreadMs }: { readonly name: string; readonly instant: number; readonly spreadMs: number },
  {
    queue,
    headers,
    onError,
  }: {
    readonly queue: string
    readonly headers: HeadersFor | undefined
    readonly onError: (error: Error) => void
  },
): ScheduledTask {
  if (headers !== undefined) {
    try {
      return at(task, name, instant, spreadMs, brokerHeaders(queue, headers))
    } catch (thrown) {
      onError(toError(thrown))
    }
  }
  return at(task, name, instant, spreadMs, {})
}

function at(
  { level, delayMs, header, payload }: KeptTask,
  name: string,
  instant: number,
  spreadMs: number,
  more: Readonly<Record<string, string>>,
): ScheduledTask {
  const options = decodeHeader(header)
  const own = { [SCHEDULE_HEADER]: name, [TICK_HEADER]: new Date(instant).toISOString() }
  const headers = { ...more, ...options.headers, ...own }
  const delay = delayMs + spreadMs
  const { key, weight } = options
  const whole = encodeHeader({ ...options, delayMs: delay, headers })
  return { level, key, weight, delayMs: delay, header: whole, payload }
}
