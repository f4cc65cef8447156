import { bury, createBroker, defineQueue, next, silentLogger, unchecked } from '@mq/core'
import type { Broker, Context, Queue, Worker } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { Redis } from 'ioredis'
import { ASKED_FOR } from '../checker/limits.ts'
import type { Place } from '../place.ts'
import type { FlowPayload } from '../programs/flow-payload.ts'
import type { Contender } from './contender.ts'
import { FLOW_QUEUES } from './contender.ts'
import type { Overheard } from './recording-adapter.ts'
import { waysTo } from './ways-to.ts'

type FlowQueue = Queue<FlowPayload, FlowPayload, unknown, unknown>

/** The flows of mq. `open` and `proves`: as for its other programs. */
export function mqFlows(
  open: (...given: Parameters<NonNullable<Contender['connectFlowProducer']>>) => { broker: Broker; heard: Overheard },
  provesFailure: (error: unknown) => boolean,
): Pick<Contender, 'connectFlowProducer' | 'connectFlowWorker'> {
  return {
    async connectFlowProducer(settings, recorder) {
      const { broker, heard } = open(settings, recorder)
      const queues = queuesOf(broker, 5)
      return {
        async enqueue(queue, payload, options) {
          await queues.get(queue)!.enqueue(payload, options)
          return heard.receiptOf(payload.task)!
        },
        provesFailure,
        close: () => broker.close(),
      }
    },

    async connectFlowWorker(settings, recorder, handle) {
      const { broker, heard } = open(settings, recorder)
      const { concurrency, leaseMs, attempts } = settings
      const queues = queuesOf(broker, attempts)
      const one = async (payload: FlowPayload, context: Context) => {
        const { queue, fence, attempt } = context
        const n = heard.numberOf(fence, payload.task, queue)!
        const answer = await handle(payload, {
          queue,
          n,
          fence,
          attempt,
          async parents() {
            return (await context.parents()).map((parent) => {
              const result = parent.state === 'completed' ? parent.result : undefined
              return { queue: parent.queue, id: parent.id, state: parent.state, result }
            })
          },
          add: async (step, label) => void (await context.enqueue(queues.get(step.queue)!, step.payload, { label })),
        })
        if (answer === 'bury') return bury(ASKED_FOR)
        return answer ? next(queues.get(answer.queue)!, answer.payload) : payload.task
      }
      let workers: Worker[] = []
      return {
        run() {
          workers = [...queues.values()].map((queue) => queue.process(one, { concurrency, leaseMs }))
        },
        async close(deadlineMs) {
          const reports = await Promise.all(workers.map((worker) => worker.close({ deadlineMs })))
          await broker.close({ deadlineMs: 0 })
          return reports.reduce((sum, { abandoned }) => sum + abandoned.length, 0)
        },
      }
    },
  }
}

/** Tasks of flows that are not over, and chores that nobody has done yet. */
export function watchFlows(place: Place): { left(): Promise<number>; close(): Promise<void> } {
  const broker = createBroker(redisAdapter(waysTo(place)), { logger: silentLogger, onError: () => undefined })
  const redis = new Redis(place.url)
  return {
    async left() {
      const all = await Promise.all(
        FLOW_QUEUES.map(async (name) => {
          const { waiting, delayed, running } = await broker.queue(name).stats()
          // What follows a task that has ended may not be there yet.
          return waiting + delayed + running + (await redis.zcard(`mq:{${name}}:chores`))
        }),
      )
      return all.reduce((sum, left) => sum + left, 0)
    },
    async close() {
      redis.disconnect()
      await broker.close()
    },
  }
}

function queuesOf(broker: Broker, attempts: number): Map<string, FlowQueue> {
  return new Map(
    FLOW_QUEUES.map((name) => {
      const backoff = { kind: 'fixed', baseMs: 20, jitter: 0 } as const
      // Each end is to be found in the end.
      const outcomes = { maxCount: 1_000_000 }
      return [name, broker.queue(defineQueue({ name, payload: unchecked<FlowPayload>(), attempts, backoff, outcomes }))]
    }),
  )
}
