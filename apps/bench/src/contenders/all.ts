import { bare } from './bare.ts'
import { beanstalkd } from './beanstalkd.ts'
import { beeQueue } from './bee-queue.ts'
import { betterQueue } from './better-queue.ts'
import { bullmq, bullmqOtherwise } from './bullmq.ts'
import { celery } from './celery.ts'
import type { Contender } from './contender.ts'
import { fastq } from './fastq.ts'
import { groupmq } from './groupmq.ts'
import { graphileWorker } from './graphile-worker.ts'
import { mqMemory } from './mq-memory.ts'
import { mq, mqKeeping } from './mq.ts'
import { mqemitterRedis } from './mqemitter-redis.ts'
import { nats } from './nats.ts'
import { pQueue } from './p-queue.ts'
import { pgBoss } from './pg-boss.ts'
import { rq } from './rq.ts'
import { rabbitmqClassic, rabbitmqQuorum } from './rabbitmq.ts'
import { fastify, fastifyBullmq, fastifyRpush, mqWeb } from './web.ts'
import { qified } from './qified.ts'

/** Libraries on Redis, in the table's order. */
export const CONTENDERS: readonly Contender[] = [mq, mqKeeping, bullmq, beeQueue, bare, qified, mqemitterRedis]

/** What else somebody may pick who needs a queue, each on the server that is its own. */
export const SYSTEMS: readonly Contender[] = [
  mq,
  bullmq,
  beeQueue,
  rq,
  celery,
  pgBoss,
  graphileWorker,
  rabbitmqQuorum,
  rabbitmqClassic,
  nats,
  beanstalkd,
]

export const IN_MEMORY: readonly Contender[] = [mqMemory, fastq, pQueue, betterQueue]

/** A queue that tenants share. */
export const SHARING: readonly Contender[] = [mq, bullmq, groupmq]

/** A task posted over HTTP. */
export const WEB: readonly Contender[] = [mqWeb, fastify, fastifyRpush, fastifyBullmq]

/** Settings of the peers that turned out slower; run them with `--contenders` to see. */
const ALSO_RAN: readonly Contender[] = [bullmqOtherwise]

export const ALL_CONTENDERS: readonly Contender[] = [
  ...new Set([...CONTENDERS, ...SYSTEMS, ...IN_MEMORY, ...SHARING, ...WEB, ...ALSO_RAN]),
]

export function findContender(name: string): Contender | undefined {
  return ALL_CONTENDERS.find((contender) => contender.name === name)
}
