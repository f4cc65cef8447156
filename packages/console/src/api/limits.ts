import type { LimitsInForce } from '@mq/core'
import { z } from 'zod'
import type { ConsoleApp } from '../console-app.ts'
import { known } from '../problems/known.ts'
import type { Api } from './api.ts'
import { A_YEAR_MS, at, count, ms, named, queueName, said } from './schemas.ts'
import { whoIs } from '../access/who-is.ts'

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
  changed: said(
    'when they were last set or reset, and by whom',
    z.object({ at, by: z.string().optional() }).optional(),
  ),
  contested: said(
    'another definition’s, of a worker that was here within a minute: two deployments disagree; false: it has none',
    z.union([limits, z.literal(false)]).optional(),
  ),
})
/** What is not named stays, and null ends it. */
const patch = z.strictObject({
  concurrency: atOnce.nullish(),
  rate: rate.nullish(),
  perKey: z
    .strictObject({ concurrency: atOnce.nullish(), rate: rate.nullish(), holdOnRetry: holdOnRetry.nullish() })
    .nullish(),
})

/** `/queues/…/limits`: what all workers share. */
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
    async (request) => {
      const { limits: live } = await directory.queue(request.params.queue)
      return viewOf(await known(live.set(request.body, { by: whoIs(request) })))
    },
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
    async (request) => {
      const { limits: live } = await directory.queue(request.params.queue)
      return viewOf(await known(live.reset({ by: whoIs(request) })))
    },
  )
}

function viewOf(found: LimitsInForce): z.infer<typeof inForce> {
  const { limits, overridden, defined, version, heldForMs, changed, contested } = found
  return {
    limits,
    overridden,
    ...(defined && { defined }),
    version,
    ...(heldForMs !== undefined && { heldForMs }),
    ...(changed !== undefined && { changed }),
    ...(contested !== undefined && { contested }),
  }
}
