import type { DeadReport, DeadSelection } from '@mq/core'
import { z } from 'zod'
import type { ConsoleApp } from '../console-app.ts'
import { known } from '../problems/known.ts'
import { Problem } from '../problems/problem.ts'
import { abandoned } from './abandoned.ts'
import type { Api } from './api.ts'
import { checkConfirmed } from './check-confirmed.ts'
import { at, count, MAX_BODY, named, queueName, said, taskId } from './schemas.ts'

const MOST_IDS = 1_000

const byIds = z.strictObject({ ids: z.array(taskId).min(1).max(MOST_IDS) })
const byFilter = z.strictObject({
  reason: said('exactly this one', z.string().max(1_000).optional()),
  error: said('a part of the name, code or message', z.string().min(1).max(1_000).optional()),
  diedFrom: at.int().min(0).max(8.64e15).optional(),
  diedTo: at.int().min(0).max(8.64e15).optional(),
})
export const deadSelection = named('DeadSelection', z.union([z.literal('all'), byIds, byFilter]))
export const perSecondOfRedrive = said(
  'how many become due in a second',
  z.number().min(0.001).max(1_000_000).optional(),
)
export const dryRun = said('only report what would be done', z.boolean().optional())
export const confirm = said('the name of the queue or group, for `all`', z.string().max(128).optional())

export const deadReport = named(
  'DeadReport',
  z.object({
    count: said('how many were selected', count),
    changed: count,
    ids: said('of the selected ones, the first 1,000', z.array(taskId)),
    refused: said('for which nothing was done, the first 1,000', z.array(taskId)),
  }),
)

export function viewOfReport({ selected, ids, changed, refused }: DeadReport): z.infer<typeof deadReport> {
  return { count: selected, changed, ids: ids.slice(0, MOST_IDS), refused: refused.slice(0, MOST_IDS) }
}

/** All letters are meant only by whoever types the name. */
export function checkSelection(
  { which, confirm, dryRun }: { which: DeadSelection; confirm?: string | undefined; dryRun?: boolean | undefined },
  name: string,
): void {
  if (which === 'all' && dryRun !== true) checkConfirmed(confirm, name)
}

/** `/queues/…/dead`: dead letters run again, or are deleted. */
export function deadRoutes(app: ConsoleApp, { directory, closing }: Api): void {
  const params = z.object({ queue: queueName })
  const tags = ['Dead letters']

  app.post(
    '/queues/:queue/dead/redrive',
    {
      config: { role: 'operator' },
      bodyLimit: MAX_BODY,
      schema: {
        operationId: 'redriveDead',
        tags,
        summary: 'Run dead tasks again',
        params,
        body: z.strictObject({
          which: deadSelection,
          perSecond: perSecondOfRedrive,
          dryRun,
          payload: said('instead of the one it died with; with one id', z.unknown()).optional(),
          confirm,
        }),
        response: { 200: deadReport },
      },
    },
    async ({ params: { queue: name }, body }, reply) => {
      const queue = await directory.queue(name)
      const { which, perSecond, dryRun, payload } = body
      checkSelection(body, name)
      if ('payload' in body && !(typeof which === 'object' && 'ids' in which && which.ids.length === 1)) {
        throw new Problem(400, 'invalid-request', 'a payload replaces that of one task: select it by its id')
      }
      const edit = 'payload' in body ? { edit: () => payload } : {}
      const options = { perSecond, dryRun, signal: abandoned(reply, closing), ...edit }
      return viewOfReport(await known(queue.dead.redrive(which, options)))
    },
  )

  app.post(
    '/queues/:queue/dead/discard',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'discardDead',
        tags,
        summary: 'Delete dead tasks',
        params,
        body: z.strictObject({ which: deadSelection, dryRun, confirm }),
        response: { 200: deadReport },
      },
    },
    async ({ params: { queue: name }, body }, reply) => {
      const queue = await directory.queue(name)
      checkSelection(body, name)
      const { which, dryRun } = body
      return viewOfReport(await known(queue.dead.discard(which, { dryRun, signal: abandoned(reply, closing) })))
    },
  )
}
