import type { KeyFacts } from '@mq/core'
import { z } from 'zod'
import type { ConsoleApp } from '../console-app.ts'
import { Problem } from '../problems/problem.ts'
import { KEY_ORDERS, KeyRanking } from '../views/key-ranking.ts'
import type { Api } from './api.ts'
import { at, count, limitOf, ms, queueName, said } from './schemas.ts'

const tags = ['Queues']
const params = z.object({ queue: queueName })
const keyText = said('whose tasks they are', z.string().min(1).max(256), 'tenant-17')

const keyEntry = z.object({
  key: keyText,
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

/** `/queues/…/keys`: whose tasks there are, who is loud and who waits. */
export function keyRoutes(app: ConsoleApp, { directory }: Api): void {
  const ranking = new KeyRanking()

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
          sort: said(
            'the first of up to 5,000 keys that are looked at, without `after`: most waiting, most running, or those whose next task is oldest',
            z.enum(KEY_ORDERS).optional(),
          ),
          after: said('the `next` of the page before', z.string().min(1).max(1_100).optional()),
          limit: limitOf(200, 50),
        }),
        response: {
          200: z.object({
            keys: z.array(keyEntry),
            next: z.string().optional(),
            scanned: said('with `sort`: how many were looked at', count.optional()),
            more: said('with `sort`: there are keys that were not looked at', z.boolean().optional()),
          }),
        },
      },
    },
    async ({ params: { queue }, query: { sort, after, limit } }) => {
      const of = await directory.queue(queue)
      if (sort === undefined) {
        const { keys, next } = await of.keys({ limit, after })
        return { keys: keys.map(keyView), ...(next !== undefined && { next }) }
      }
      if (after !== undefined) throw new Problem(400, 'invalid-request', 'sort has no pages: leave after out')
      const { keys, scanned, more } = await ranking.first(of, sort, limit)
      return { keys: keys.map(keyView), scanned, more }
    },
  )

  app.get(
    '/queues/:queue/keys/:key',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getKey',
        tags,
        summary: 'One key: how many of its tasks wait and run, and what holds them back',
        params: params.extend({ key: keyText }),
        response: { 200: keyEntry },
      },
    },
    async ({ params: { queue, key } }) => {
      const [found] = (await (await directory.queue(queue)).keys({ only: key })).keys
      if (found === undefined) throw new Problem(404, 'unknown-key', 'no task of this key waits or runs')
      return keyView(found)
    },
  )
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
