import { bare } from './bare.ts'
import { beeQueue } from './bee-queue.ts'
import { bullmq, bullmqOtherwise } from './bullmq.ts'
import type { Contender } from './contender.ts'
import { mq, mqKeeping } from './mq.ts'
import { mqemitterRedis } from './mqemitter-redis.ts'
import { qified } from './qified.ts'

/** In the table's order. */
export const CONTENDERS: readonly Contender[] = [mq, mqKeeping, bullmq, beeQueue, bare, qified, mqemitterRedis]

/** Settings of the peers that turned out slower; run them with `--contenders` to see. */
export const ALSO_RAN: readonly Contender[] = [bullmqOtherwise]

export function findContender(name: string): Contender | undefined {
  return [...CONTENDERS, ...ALSO_RAN].find((contender) => contender.name === name)
}
