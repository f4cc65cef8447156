import type { KeyFacts, LimitsInForce } from '@mq/core'
import { z } from 'zod'
import type { ConsoleApp } from '../console-app.ts'
import { known } from '../problems/known.ts'
import type { Api } from './api.ts'
import { A_YEAR_MS, at, count, limitOf, ms, named, queueName, said } from './schemas.ts'

const tags = ['Queues']
const MOST = 1_000_000_000
const params = z.object({ queue: queueName })

const atOnce = z.int().min(1).max(MOST)
const rate = z.strictObject({
  count: atOnce,
  perMs: z.int().min(1).max(A_YEAR_MS),
  burst: said('how many may begin at once; by default what `count` makes of 10 ms', atOnce.optional()),
})
const holdOnRetry = z.boolean()

const limits = named(
  'Limits',
  z.object({
    concurrency: atOnce.optional(),
    rate: rate.optional(),
    perKey: z
      .object({ concurrency: atOnce.optional(), rate: rate.optional(), holdOnRetry: holdOnRetry.optional() })
      .optional(),
  }),
)
const inForce = z.object({
  limits: said('what holds', limits),
  overridden: said('it was set, and holds in place of the definition’s', z.boolean()),
  defined: said('the definition’s', limits.optional()),
  version: said('rises with each change', count),
  heldForMs: said('for so long a handler holds the whole queue yet', ms.optional()),
})
/** What is not named stays, and null ends it. */
const patch = z.strictObject({
  concurrency: atOnce.nullish(),
  rate: rate.nullish(),
  perKey: z
    .strictObject({ concurrency: atOnce.nullish(), rate: rate.nullish(), holdOnRetry: holdOnRetry.nullish() })
    .nullish(),
})

const keyEntry = z.object({
  key: said('whose tasks they are', z.string(), 'tenant-17'),
  waiting: count,
  running: count,
  nextEnqueuedAt: said('when the next of them that waits was enqueued', at.optional()),
  heldBack: said(
    'why none of them is claimed now',
    z
      .object({
        by: z.enum(['concurrency', 'rate', 'hold']),
        limit: said('of `concurrency`: how many may run', count.optional()),
        freeInMs: ms.optional(),
      })
      .optional(),
  ),
})

/** `/queues/…/limits` and `/queues/…/keys`: what all workers share, and whose tasks there are. */
export function limitRoutes(app: ConsoleApp, { directory }: Api): void {
  const response = { 200: inForce }
  const ofQueue = '/queues/:queue/limits'

  app.get(
    ofQueue,
    {
      config: { role: 'viewer' },
      schema: { operationId: 'getLimits', tags, summary: 'The limits that all workers share', params, response },
    },
    async ({ params: { queue } }) => viewOf(await known((await directory.queue(queue)).limits.get())),
  )

  app.post(
    ofQueue,
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'setLimits',
        tags,
        summary: 'Put limits in the place of the definition’s; what is not named stays, null ends it',
        params,
        body: patch,
        response,
      },
    },
    async ({ params: { queue }, body }) => viewOf(await known((await directory.queue(queue)).limits.set(body))),
  )

  app.post(
    `${ofQueue}/reset`,
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'resetLimits',
        tags,
        summary: 'Let the definition’s limits hold again',
        params,
        body: z.strictObject({}).nullish(),
        response,
      },
    },
    async ({ params: { queue } }) => viewOf(await known((await directory.queue(queue)).limits.reset())),
  )

  app.get(
    '/queues/:queue/keys',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listKeys',
        tags,
        summary: 'The keys whose tasks wait or run, and what holds them back',
        params,
        querystring: z.object({
          after: said('the `next` of the page before', z.string().min(1).max(1_100).optional()),
          limit: limitOf(200, 50),
        }),
        response: { 200: z.object({ keys: z.array(keyEntry), next: z.string().optional() }) },
      },
    },
    async ({ params: { queue }, query }) => {
      const { keys, next } = await known((await directory.queue(queue)).keys(query))
      return { keys: keys.map(keyView), ...(next !== undefined && { next }) }
    },
  )
}

function viewOf({ limits, overridden, defined, version, heldForMs }: LimitsInForce): z.infer<typeof inForce> {
  return {
    limits,
    overridden,
    ...(defined && { defined }),
    version,
    ...(heldForMs !== undefined && { heldForMs }),
  }
}

function keyView({ key, waiting, running, nextEnqueuedAt, heldBack }: KeyFacts): z.infer<typeof keyEntry> {
  return {
    key,
    waiting,
    running,
    ...(nextEnqueuedAt !== undefined && { nextEnqueuedAt }),
    ...(heldBack && { heldBack: { by: heldBack.by, limit: heldBack.limit, freeInMs: heldBack.freeInMs } }),
  }
}
