import { createBroker, defineQueue, retry, unchecked } from '@mq/core'
import type { Context, EnqueueOptions, QueueOptions } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { Redis } from 'ioredis'
import { Audit } from '../audit.ts'
import { costBetween } from '../meters/meter.ts'
import { makeTasks, RESULT } from '../task.ts'
import type { Task } from '../task.ts'
import { costPerTask } from './per-task.ts'
import type { Scenario } from './scenario.ts'

const COUNT = 20_000
const BATCH = 1_000
const CONCURRENCY = 100

/** What a queue, its tasks or its handler do beyond the plain. */
interface Option {
  readonly name: string
  readonly label: string
  readonly queue?: Omit<QueueOptions, 'name'> | undefined
  readonly task?: ((n: number) => EnqueueOptions) | undefined
  /** Answers a verdict instead of the result. */
  readonly step?: ((context: Context) => unknown) | undefined
  readonly awaited?: boolean | undefined
  /** Another program pushes the tasks to this list. */
  readonly pushedTo?: string | undefined
}

const OPTIONS: readonly Option[] = [
  { name: 'plain', label: 'a plain task' },
  { name: 'id', label: 'an own id', task: (n) => ({ id: `task-${n}` }) },
  {
    name: 'dedupe',
    label: 'a key of a deduplication',
    task: (n) => ({ dedupe: { key: `key-${n}`, windowMs: 60_000 } }),
  },
  { name: 'priority', label: 'ten priorities', task: (n) => ({ priority: n % 10 }) },
  { name: 'delay', label: 'a delay', task: () => ({ delayMs: 1 }) },
  {
    name: 'headers',
    label: 'a header',
    task: () => ({ headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-01' } }),
  },
  { name: 'timeout', label: 'a timeout and an expiry', task: () => ({ timeoutMs: 60_000, expiresInMs: 3_600_000 }) },
  { name: 'bounded', label: 'a bounded queue', queue: { capacity: { size: 1_000_000, whenFull: 'reject' } } },
  {
    name: 'displacing',
    label: 'a queue that may displace',
    queue: { capacity: { size: 1_000_000, whenFull: 'displace' } },
  },
  { name: 'result', label: 'a result that is kept', queue: { keep: {} } },
  { name: 'outcomes', label: 'an outcome that is appended', queue: { outcomes: { maxCount: 1_000_000 } } },
  { name: 'awaited', label: 'a result that somebody awaits', queue: { keep: {} }, awaited: true },
  { name: 'progress', label: 'one report of progress', step: ({ progress }) => progress(50) },
  { name: 'log', label: 'one line of a log', step: ({ log }) => log('half of it is done') },
  { name: 'once', label: 'one step that is done once', step: ({ once }) => once('step', () => 1) },
  {
    name: 'inbox',
    label: 'a push of another program to the inbox',
    queue: { inbox: 'task:bench:queue' },
    pushedTo: 'task:bench:queue',
  },
  { name: 'key', label: 'one of 2,000 keys', task: (n) => ({ key: `key-${n % 2_000}` }) },
  {
    name: 'limits',
    label: 'limits that hold nothing back',
    queue: { limits: { concurrency: 10_000, rate: { count: 1_000_000, perMs: 1_000 } } },
  },
  { name: 'retry', label: 'one retry', step: ({ attempt }) => (attempt === 1 ? retry({ delayMs: 0 }) : undefined) },
]

/** A task's whole way with one option: what it costs the server. Only for mq: the peers' options mean other things. */
function scenario({ name, queue: given, task, step, awaited, pushedTo }: Option): Scenario {
  const definition = defineQueue({ name: 'bench', payload: unchecked<Task>(), keep: { results: false }, ...given })
  return {
    name: `option-${name}`,
    counts: { mq: COUNT },
    warmUp: name === 'plain',
    async run({ url, contender, meter, profiled }, count) {
      const broker = createBroker(redisAdapter({ url }))
      const queue = broker.queue(definition)
      await broker.ready({ timeoutMs: 60_000 })
      const audit = new Audit(count)
      const before = await meter.read()
      await profiled(async () => {
        const results: Promise<unknown>[] = []
        for (let from = 0; from < count; from += BATCH) {
          const size = Math.min(BATCH, count - from)
          const payloads = makeTasks(from, from + size)
          if (pushedTo !== undefined) {
            await push(url, pushedTo, payloads)
            continue
          }
          const tasks = await queue.enqueueAll(payloads.map((payload) => ({ payload, ...task?.(payload.n) })))
          if (awaited) results.push(...tasks.map((each) => each.result()))
        }
        queue.process(
          async ({ n }, context) => {
            const verdict = await step?.(context)
            if (typeof verdict === 'object' && verdict !== null) return verdict
            audit.handled(n)
            return RESULT
          },
          { concurrency: CONCURRENCY },
        )
        await Promise.all([queue.drain({ timeoutMs: 60_000 }), ...results])
      })
      const cost = costBetween(before, await meter.read())
      await broker.close()
      audit.verify()
      return costPerTask(contender, cost, count)
    },
  }
}

async function push(url: string, list: string, payloads: readonly Task[]): Promise<void> {
  const redis = new Redis(url)
  await redis.lpush(list, ...payloads.map((payload) => JSON.stringify(payload)))
  redis.disconnect()
}

export const optionCosts: readonly Scenario[] = OPTIONS.map(scenario)

/** For the table: scenario and what it shows. */
export const optionLabels: readonly (readonly [scenario: string, label: string])[] = OPTIONS.map(({ name, label }) => [
  `option-${name}`,
  label,
])
