import { bury, createBroker, defineChannel, defineQueue, MqError, retry, silentLogger, unchecked } from '@mq/core'
import type { Backoff, Broker, ChannelPosition, Context, LimitOptions, Message, MqErrorCode, Worker } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { createScheduler } from '@mq/scheduler'
import type { Recorder } from '../history/recorder.ts'
import type { Place } from '../place.ts'
import { keyOf } from '../programs/message.ts'
import type { Payload } from '../programs/payload.ts'
import type { Contender } from './contender.ts'
import { divide } from './mq-divide.ts'
import { mqFlows, watchFlows } from './mq-flows.ts'
import { connectPusher, INBOX } from './pusher.ts'
import { LOG, QUEUE, SCHEDULED } from './contender.ts'
import { LIMITS } from './shared-limits.ts'
import { USUAL } from '../checker/expectations.ts'
import { ASKED_FOR } from '../checker/limits.ts'
import { overhear } from './recording-adapter.ts'
import type { Overheard } from './recording-adapter.ts'
import { waysTo } from './ways-to.ts'

const BACKOFF: Backoff = { kind: 'fixed', baseMs: USUAL.retryPauseMs, jitter: 0 }
/** Far more than any run ends. */
const OUTCOMES = { maxCount: 1_000_000 }
interface QueueParts {
  readonly partitions: number | undefined
  readonly outcomes?: typeof OUTCOMES | undefined
  readonly limits?: LimitOptions | undefined
  readonly inbox?: string | undefined
}

const queueFor = (attempts: number, parts: QueueParts) =>
  defineQueue({ name: QUEUE, payload: unchecked<Payload>(), attempts, backoff: BACKOFF, ...parts })
const messages = defineChannel({ name: QUEUE, message: unchecked<string>() })
const logFor = (groupExpiresMs?: number) =>
  defineChannel({ name: LOG, message: unchecked<string>(), history: { maxCount: 1_000_000, groupExpiresMs } })

/** Of a task that is changed: it is promoted before, or becomes due. */
const LATER_MS = 150

/** Everything but these may have been stored. */
const REFUSALS: ReadonlySet<MqErrorCode> = new Set([
  'storage-full',
  'storage-refused',
  'queue-full',
  'payload-too-large',
])

const provesFailure = (error: unknown): boolean => MqError.is(error) && REFUSALS.has(error.code)

/** mq with its defaults, but for the lease. */
export const mq: Contender = {
  name: 'mq',
  settings: 'defaults, a lease of `leaseMs`',

  async connectProducer({ mixed, pushes, ...place }, recorder) {
    if (pushes) return connectPusher(place.url)
    const { broker, heard } = open(place, recorder)
    // Workers and operators are of a version that knows nothing of them, and yet each end has to be there.
    const { partitions } = place
    const outcomes = mixed > 0 && partitions === undefined ? OUTCOMES : undefined
    const queue = broker.queue(queueFor(5, { partitions, outcomes }))
    return {
      async enqueue(payload, options) {
        await queue.enqueue(payload, options)
        return heard.receiptOf(payload.task)!
      },
      cancel: (n, id) => queue.task(id ?? `n${n}`).cancel(),
      change(n, id, change) {
        const task = queue.task(id ?? `n${n}`)
        if (change === 'now') return task.promote()
        return change === 'later' ? task.reschedule({ delayMs: LATER_MS }) : task.changePriority(change)
      },
      provesFailure,
      close: () => broker.close(),
    }
  },

  async connectWorker({ concurrency, leaseMs, attempts, shares, receives, batch, ...place }, recorder, handle) {
    const { broker, heard } = open(place, recorder)
    let worker: Worker | undefined
    return {
      run() {
        const one = async (payload: Payload, { fence, attempt, signal }: Context) => {
          const asked = await handle(payload, { n: heard.numberOf(fence, payload.task)!, fence, attempt, signal })
          if (asked === 'bury') return bury(ASKED_FOR)
          if (asked === 'again') return retry({ delayMs: USUAL.retryPauseMs, countsAsAttempt: false })
          return payload.answers ? payload.task : undefined
        }
        const [limits, inbox] = [shares ? LIMITS : undefined, receives ? INBOX : undefined]
        const queue = broker.queue(queueFor(attempts, { partitions: place.partitions, limits, inbox }))
        const options = { concurrency, leaseMs }
        worker =
          batch === 0
            ? queue.process(one, options)
            : queue.processBatch((payloads, { tasks }) => payloads.map((payload, i) => one(payload, tasks[i]!)), {
                ...options,
                size: batch,
                waitMs: 20,
              })
      },
      ready: (timeoutMs) => worker!.ready({ timeoutMs }),
      async close(deadlineMs) {
        const report = await worker?.close({ deadlineMs })
        await broker.close({ deadlineMs: 0 })
        return report?.abandoned.length ?? 0
      },
    }
  },

  divide,

  async watch(place, { groups, flows: hasFlows }) {
    const log = logFor()
    const flows = hasFlows ? watchFlows(place) : undefined
    const broker = createBroker(redisAdapter(waysTo(place)), { logger: silentLogger, onError: () => undefined })
    return {
      async left() {
        const { waiting, delayed, running, inbox = 0 } = await broker.queue(QUEUE).stats()
        const channel = broker.channel(log)
        const behind = await Promise.all(groups.map((group) => channel.group(group).stats()))
        return behind.reduce(
          (sum, group) => sum + group.unread + group.returned + group.delayed + group.running,
          waiting + delayed + running + inbox + ((await flows?.left()) ?? 0),
        )
      },
      async close() {
        await flows?.close()
        await broker.close()
      },
    }
  },

  ...mqFlows(open, provesFailure),

  async connectCaller(place, recorder) {
    const { broker, heard } = open(place, recorder)
    const queue = broker.queue(queueFor(5, { partitions: place.partitions }))
    return {
      async enqueueAll(payloads) {
        const tasks = await queue.enqueueAll(payloads.map((payload) => ({ payload })))
        return tasks.map((task, i) => ({ n: heard.receiptOf(payloads[i]!.task)!, result: task.result() }))
      },
      probe: async () => void (await queue.stats()),
      close: () => broker.close(),
    }
  },

  async connectOperator(place, recorder) {
    const { broker } = open(place, recorder)
    const queue = broker.queue(queueFor(5, { partitions: place.partitions }))
    return {
      redrive: async () => void (await queue.dead.redrive('all')),
      pause: async () => void (await queue.pause()),
      resume: async () => void (await queue.resume()),
      close: () => broker.close(),
    }
  },

  async connectGroupOperator({ group: name, ...place }, recorder) {
    const { broker } = open(place, recorder)
    const channel = broker.channel(logFor())
    const group = channel.group(name)
    let newest: ChannelPosition = { epoch: '0', n: 0 }
    await channel.subscribe(({ epoch, n }) => void (newest = { epoch, n }))
    return {
      newest: () => newest.n,
      seek: (n) => group.seek({ position: { ...newest, n } }),
      redrive: async () => void (await group.dead.redrive('all')),
      pause: async () => void (await group.pause()),
      resume: async () => void (await group.resume()),
      close: () => broker.close(),
    }
  },

  async connectMember(
    { group, groupExpiresMs, leaseMs, concurrency, attempts, batch, keyed, ...place },
    recorder,
    onMessage,
  ) {
    const { broker } = open(place, recorder)
    const channel = broker.channel(logFor(groupExpiresMs))
    const one = ({ payload, n }: Message<string>, { fence, attempt, once }: Context): Promise<void> =>
      onMessage(payload, { n, fence, attempt, once: (act) => once('step', act) })
    const key = keyed ? ({ payload }: Message<string>): string => keyOf(payload) : undefined
    const options = { leaseMs, concurrency, attempts, key, backoff: BACKOFF, from: 'earliest' } as const
    const worker =
      batch === 0
        ? await channel.consume(group, one, options)
        : await channel.consumeBatch(
            group,
            (messages, { tasks }) => messages.map((message, i) => one(message, tasks[i]!)),
            { ...options, size: batch, waitMs: 20 },
          )
    return {
      ready: (timeoutMs) => worker.ready({ timeoutMs }),
      async close(deadlineMs) {
        const { abandoned } = await worker.close({ deadlineMs })
        await broker.close({ deadlineMs: 0 })
        return abandoned.length
      },
    }
  },

  async connectScheduler({ everyMs, names, ...place }, recorder) {
    const { broker } = open(place, recorder)
    const schedules = createScheduler(broker, { queues: [SCHEDULED] })
    const change = async (name: string, payload: number): Promise<void> => {
      await schedules.upsert(SCHEDULED, name, { everyMs, missed: 'all', payload })
    }
    for (const name of names) await change(name, 0)
    return {
      change,
      async close() {
        await schedules.close()
        await broker.close({ deadlineMs: 0 })
      },
    }
  },

  async connectTopic({ groupExpiresMs, ...place }, recorder, durable) {
    const { broker } = open(place, recorder)
    const channel = broker.channel(durable ? logFor(groupExpiresMs) : messages)
    return {
      publish: (message) => channel.publish(message),
      async subscribe({ onMessage, onGap }, buffer) {
        await channel.subscribe(({ payload, epoch, n }) => onMessage(payload, epoch, n), {
          buffer,
          onGap: ({ size }) => onGap(size),
        })
      },
      close: () => broker.close(),
    }
  },
}

function open(place: Place, recorder: Recorder): { broker: Broker; heard: Overheard } {
  const heard = overhear(redisAdapter(waysTo(place)), recorder)
  const onError = (error: Error): void => {
    // A handler that throws is reported too, and throws because the harness says so.
    if (MqError.is(error)) recorder.write({ ev: 'error', code: error.code, message: error.message })
  }
  return { broker: createBroker(heard.adapter, { logger: silentLogger, onError }), heard }
}
