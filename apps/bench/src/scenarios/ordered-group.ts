import { createBroker, defineChannel, unchecked } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { setTimeout as pause } from 'node:timers/promises'
import { Audit } from '../audit.ts'
import { costBetween } from '../meters/meter.ts'
import { makeTasks } from '../task.ts'
import type { Task } from '../task.ts'
import { costPerTask } from './per-task.ts'
import type { Scenario } from './scenario.ts'

const AT_ONCE = 1_000
const KEYS = 1_000

/** A consumer group at concurrency 100, with or without order by one of a thousand keys. Only mq. */
function scenario(name: string, ordered: boolean): Scenario {
  const definition = defineChannel({ name: 'bench', message: unchecked<Task>(), history: { maxCount: 1_000_000 } })
  return {
    name,
    counts: { mq: 100_000 },
    warmUp: true,
    async run({ url, contender, meter, profiled }, count) {
      const broker = createBroker(redisAdapter({ url }))
      await broker.ready({ timeoutMs: 60_000 })
      const channel = broker.channel(definition)
      for (let from = 0; from < count; from += AT_ONCE) {
        await channel.publishAll(makeTasks(from, Math.min(from + AT_ONCE, count)).map((message) => ({ message })))
      }
      const audit = new Audit(count)
      const last = new Map<number, number>()
      let early = 0
      const before = await meter.read()
      const startedAt = performance.now()
      await profiled(async () => {
        await channel.consume(
          'audit',
          async ({ payload: { n } }) => {
            if (ordered && (last.get(n % KEYS) ?? -1) > n) early++
            last.set(n % KEYS, n)
            audit.handled(n)
          },
          {
            from: 'earliest',
            concurrency: 100,
            ...(ordered && { key: ({ payload: { n } }: { payload: Task }) => String(n % KEYS) }),
          },
        )
        while (audit.total < count) await pause(2)
      })
      const tookMs = performance.now() - startedAt
      const cost = costBetween(before, await meter.read())
      await broker.close()
      audit.verify()
      if (early > 0) throw new Error(`${early} messages of a key were not in order`)
      return { perSecond: (count / tookMs) * 1_000, ...costPerTask(contender, cost, count) }
    },
  }
}

export const orderedGroups: readonly Scenario[] = [scenario('group', false), scenario('group-ordered', true)]
