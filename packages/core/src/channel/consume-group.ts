import { repeatUntilKnown } from '../storage-calls/repeat.ts'
import { laneName } from '../storage-calls/lane-name.ts'
import { MAX_ATTEMPTS, resolveBackoff } from '../define/backoff.ts'
import { checkFunction, checkInteger, checkOptions, show } from '../define/check.ts'
import { resolveDeadKeep } from '../define/keep.ts'
import { MAX_DELAY_MS } from '../ports/limits.ts'
import { createWorker } from '../engine/create-worker.ts'
import type { Context } from '../handler/handler.ts'
import type { BegunWorker } from '../engine/worker-parts.ts'
import type { Worker } from '../engine/worker.ts'
import { MqError } from '../errors.ts'
import type { GroupDriver } from '../ports/group-driver.ts'
import { checkStart } from './check-start.ts'
import type { ConsumeOptions, Message, MessageTaskHandler } from './channel.ts'
import { GroupWatch } from './group-watch.ts'
import { readMessage } from './message-task.ts'
import { historyOf } from './channel-parts.ts'
import type { SourceParts } from './channel-parts.ts'

const OPTIONS: readonly (keyof ConsumeOptions)[] = [
  'from',
  'attempts',
  'backoff',
  'retryIf',
  'keep',
  'timeoutMs',
  'onLost',
  'concurrency',
  'leaseMs',
  'prefetch',
  'middleware',
  'onStop',
  'signal',
]

/** A group's member: the worker engine of queues, on the messages of a channel. Resolves when the group exists. */
export async function consumeGroup<Out>(
  parts: SourceParts<Out>,
  group: string,
  handler: MessageTaskHandler<Out>,
  given: ConsumeOptions,
): Promise<Worker> {
  const { name: channel, form, services, assertOpen, onWorker } = parts
  if (typeof handler !== 'function') throw new TypeError(`consume takes a handler function, not ${show(handler)}`)
  const {
    from = 'latest',
    attempts,
    backoff,
    retryIf,
    keep,
    timeoutMs,
    onLost,
    ...options
  } = checkOptions('consume', given, OPTIONS)
  const { groupExpiresMs } = historyOf(parts)
  const start = checkStart('from', from)
  const work = {
    attempts: checkInteger('attempts', attempts ?? 5, 1, MAX_ATTEMPTS),
    backoff: resolveBackoff(backoff),
    retryIf: retryIf === undefined ? undefined : checkFunction('retryIf', retryIf),
    timeoutMs: timeoutMs === undefined ? undefined : checkInteger('timeoutMs', timeoutMs, 1, MAX_DELAY_MS),
    keep: resolveDeadKeep(keep),
    handler: (message: Message<Out>, context: Context) => handler(message, context),
    decodePayload: (text: string) => readMessage(channel, form.read, text),
    encodeResult: () => undefined,
  }
  assertOpen()
  const name = `${channel}/${group}`
  const driver = parts.driver.group(group, { from: start })
  const again = parts.driver.group(group, { from: 'earliest' })
  const watched = new GroupWatch({ channel, group, services, first: driver, later: again, onLost })
  const lookWithinMs = groupExpiresMs / 3
  const begun = (worker: BegunWorker): (() => void) => onWorker(worker, channel)
  const worker = createWorker({ name, driver: watched, services, work, lookWithinMs, begun }, options)
  try {
    await begin(parts, driver)
  } catch (error) {
    await worker.close({ deadlineMs: 0 })
    throw error
  }
  return worker
}

/**
 * Creates the group by an empty turn, so that it gets what is published from now on. Repeated while the storage is
 * unavailable, until the broker closes.
 */
async function begin({ services }: SourceParts<any>, driver: GroupDriver): Promise<void> {
  const rest = { settlements: [], want: 0, maxBytes: 0, leaseMs: 30_000, keepResults: false, awaitWork: false }
  const turn = { lane: laneName(), seq: 1, last: true, ...rest }
  const timeoutMs = Number.POSITIVE_INFINITY
  await repeatUntilKnown(
    services,
    (tries) => {
      if (services.closed.aborted) throw new MqError('closed', 'the broker was closed before the group began')
      return driver.settleAndClaim({ ...turn, repeat: tries > 0 })
    },
    { timeoutMs },
  )
}
