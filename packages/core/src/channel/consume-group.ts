import { repeatUntilKnown } from '../storage-calls/repeat.ts'
import { laneName } from '../storage-calls/lane-name.ts'
import { MAX_ATTEMPTS, resolveBackoff } from '../define/backoff.ts'
import { checkFunction, checkInteger, checkOptions, show } from '../define/check.ts'
import { resolveDeadKeep } from '../define/keep.ts'
import { MAX_DELAY_MS } from '../ports/limits.ts'
import { createBatchWorker } from '../engine/create-batch-worker.ts'
import { createWorker, WORKER_OPTIONS } from '../engine/create-worker.ts'
import type { Work } from '../engine/work.ts'
import type { Context, Handler } from '../handler/handler.ts'
import type { WorkerParts } from '../engine/worker-parts.ts'
import type { Worker, WorkerOptions } from '../engine/worker.ts'
import { MqError } from '../errors.ts'
import type { GroupDriver } from '../ports/group-driver.ts'
import { checkStart } from './check-start.ts'
import type {
  ConsumeBatchOptions,
  ConsumeOptions,
  Message,
  MessageBatchHandler,
  MessageTaskHandler,
} from './channel.ts'
import { GroupWatch } from './group-watch.ts'
import { keyReader, readKeyed } from './message-key.ts'
import { readMessage } from './message-task.ts'
import { MOST_UNREAD_MS, OrderedMember } from './ordered-member.ts'
import { PartitionedChannel } from './partitions/partitioned-channel.ts'
import type { CallsOf } from './partitions/partitioned-channel.ts'
import { historyOf } from './channel-parts.ts'
import type { SourceParts } from './channel-parts.ts'

const OPTIONS: readonly (keyof ConsumeOptions)[] = [
  ...WORKER_OPTIONS,
  'from',
  'key',
  'attempts',
  'backoff',
  'retryIf',
  'keep',
  'timeoutMs',
  'onLost',
]
const BATCH_OPTIONS: readonly (keyof ConsumeBatchOptions)[] = [...OPTIONS, 'size', 'waitMs', 'retry']

/** A group's member: the worker engine of queues, on the messages of a channel. Resolves when the group exists. */
export async function consumeGroup<Out>(
  parts: SourceParts<Out>,
  group: string,
  handler: MessageTaskHandler<Out>,
  given: ConsumeOptions<Out>,
): Promise<Worker> {
  if (typeof handler !== 'function') throw new TypeError(`consume takes a handler function, not ${show(handler)}`)
  const { member, options } = prepare(parts, group, checkOptions('consume', given, OPTIONS))
  const work = member.workOf((message: Message<Out>, context: Context) => handler(message, context))
  return begun(parts, member, createWorker({ ...member.parts, work }, options))
}

/** A member whose handler gets batches. */
export async function consumeGroupInBatches<Out>(
  parts: SourceParts<Out>,
  group: string,
  handler: MessageBatchHandler<Out>,
  given: ConsumeBatchOptions<Out>,
): Promise<Worker> {
  if (typeof handler !== 'function') throw new TypeError(`consumeBatch takes a handler function, not ${show(handler)}`)
  const { member, options } = prepare(parts, group, checkOptions('consumeBatch', given, BATCH_OPTIONS))
  const { workOf } = member
  return begun(parts, member, createBatchWorker({ ...member.parts, workOf }, handler, options))
}

interface Member {
  readonly driver: GroupDriver
  readonly isOrdered: boolean
  readonly parts: Omit<WorkerParts, 'work'>
  readonly workOf: (handler: Handler<never, unknown>) => Work
}

/** What a member is made of, and those of its options that are any worker's. */
function prepare<Out, Options extends ConsumeOptions<Out>>(
  parts: SourceParts<Out>,
  group: string,
  given: Options,
): { readonly member: Member; readonly options: Omit<Options, Exclude<keyof ConsumeOptions, keyof WorkerOptions>> } {
  const { name: channel, form, services, assertOpen, onWorker } = parts
  const { from = 'latest', key, attempts, backoff, retryIf, keep, timeoutMs, onLost, ...options } = given
  const { groupExpiresMs } = historyOf(parts)
  const start = checkStart('from', from)
  if (key !== undefined) checkFunction('key', key)
  const work = {
    attempts: checkInteger('attempts', attempts ?? 5, 1, MAX_ATTEMPTS),
    backoff: resolveBackoff(backoff),
    retryIf: retryIf === undefined ? undefined : checkFunction('retryIf', retryIf),
    timeoutMs: timeoutMs === undefined ? undefined : checkInteger('timeoutMs', timeoutMs, 1, MAX_DELAY_MS),
    keep: resolveDeadKeep(keep),
    decodePayload:
      key === undefined ? (text: string) => readMessage(channel, form.read, text) : readKeyed(channel, form.read, key),
    encodeResult: () => undefined,
  }
  assertOpen()
  const unreadMs = Math.min(work.timeoutMs ?? MOST_UNREAD_MS, MOST_UNREAD_MS)
  const keyOf = key && keyReader(channel, form.read, key)
  const said = { isForbidden: false }
  const callsOf: CallsOf = (first, later) => {
    const watch = new GroupWatch({ channel, group, services, first, later, onLost, said })
    return keyOf === undefined ? watch : new OrderedMember({ group: watch, keyOf, clock: services.clock, unreadMs })
  }
  const { driver } = parts
  const member: Member = {
    driver: driver.group(group, { from: start }),
    isOrdered: key !== undefined,
    parts: {
      name: `${channel}/${group}`,
      driver:
        driver instanceof PartitionedChannel
          ? driver.member({ group, from: start, callsOf, services, groupExpiresMs })
          : callsOf(driver.group(group, { from: start }), driver.group(group, { from: 'earliest' })),
      services,
      lookWithinMs: groupExpiresMs / 3,
      begun: (worker) => onWorker(worker, channel),
    },
    workOf: (handler) => ({ ...work, handler }),
  }
  return { member, options }
}

async function begun(parts: SourceParts<any>, member: Member, worker: Worker): Promise<Worker> {
  try {
    await begin(parts, member)
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
async function begin({ services }: SourceParts<any>, { driver, isOrdered }: Member): Promise<void> {
  const rest = { settlements: [], want: 0, maxBytes: 0, leaseMs: 30_000, keepResults: false, awaitWork: false }
  const order = isOrdered ? { keys: [] } : undefined
  const turn = { lane: laneName(), seq: 1, last: true, order, ...rest }
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
