import { createBroker, defineQueue, unchecked } from '@mq/core'
import type { Task as MqTask } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { FlowProducer, Queue, Worker } from 'bullmq'
import type { FlowJob } from 'bullmq'
import type { Task } from '../task.ts'

/** Adds flows, of one queue, and does their tasks. Nothing is done before `run`. */
export interface BenchFlows {
  /** Of each flow all but the last, and one that runs after all of these. */
  fanIns(flows: readonly (readonly Task[])[]): Promise<unknown>
  /** Of each flow one after the other. */
  chains(flows: readonly (readonly Task[])[]): Promise<unknown>
  run(): void
  /** How many tasks the server still has, in any state but done. */
  left(): Promise<number>
  close(): Promise<void>
}

export type ConnectFlows = (url: string, concurrency: number, onTask: (task: Task) => void) => Promise<BenchFlows>

const NAME = 'bench'
const JOB = 'task'

/** As many flows a call as its 1,000 tasks and 10,000 parents allow; a chain, link by link, for many at once. */
export const connectMqFlows: ConnectFlows = async (url, concurrency, onTask) => {
  const broker = createBroker(redisAdapter({ url }))
  await broker.ready({ timeoutMs: 60_000 })
  const queue = broker.queue(defineQueue({ name: NAME, payload: unchecked<Task>(), keep: { results: false } }))
  return {
    async fanIns(flows) {
      const firsts = await queue.enqueueAll(flows.flatMap((flow) => flow.slice(0, -1).map((payload) => ({ payload }))))
      let at = 0
      await queue.enqueueAll(
        flows.map((flow) => ({ payload: flow.at(-1)!, after: firsts.slice(at, (at += flow.length - 1)) })),
      )
    },
    async chains(flows) {
      let before: readonly MqTask[] = []
      for (let link = 0; link < flows[0]!.length; link++) {
        const after = before
        before = await queue.enqueueAll(flows.map((flow, i) => ({ payload: flow[link]!, after: after[i] })))
      }
    },
    run: () => void queue.process(async (task) => onTask(task), { concurrency }),
    async left() {
      const { waiting, delayed, running, dead } = await queue.stats()
      return waiting + delayed + running + dead
    },
    close: () => broker.close(),
  }
}

/** All flows of a call in one transaction, which is what `addBulk` is for; finished jobs go at once. */
export const connectBullmqFlows: ConnectFlows = async (url, concurrency, onTask) => {
  const connection = { url }
  const [producer, queue] = [new FlowProducer({ connection }), new Queue(NAME, { connection })]
  const worker = new Worker<Task>(NAME, async ({ data }) => onTask(data), {
    connection,
    concurrency,
    autorun: false,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  })
  await Promise.all([producer.waitUntilReady(), queue.waitUntilReady(), worker.waitUntilReady()])
  const job = (data: Task, children?: FlowJob[]): FlowJob => ({
    name: JOB,
    queueName: NAME,
    data,
    ...(children && { children }),
  })
  return {
    fanIns: (flows) =>
      producer.addBulk(
        flows.map((flow) =>
          job(
            flow.at(-1)!,
            flow.slice(0, -1).map((task) => job(task)),
          ),
        ),
      ),
    chains: (flows) =>
      producer.addBulk(
        flows.map((flow) => {
          const [first, ...others] = flow
          return others.reduce((before, task) => job(task, [before]), job(first!))
        }),
      ),
    run: () => void worker.run(),
    async left() {
      const counts = await queue.getJobCounts()
      return Object.values(counts).reduce((sum, count) => sum + count, 0)
    },
    async close() {
      await worker.close()
      await Promise.all([producer.close(), queue.close()])
    },
  }
}
