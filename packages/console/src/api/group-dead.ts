import { z } from 'zod'
import type { ConsoleApp } from '../console-app.ts'
import { known } from '../problems/known.ts'
import { outcomeView } from '../views/outcome-view.ts'
import { taskError } from '../views/task-entry.ts'
import { abandoned } from './abandoned.ts'
import type { Api } from './api.ts'
import { cursor, fromCursor, toCursor } from './cursor.ts'
import { checkSelection, confirm, deadReport, deadSelection, dryRun, perSecondOfRedrive, viewOfReport } from './dead.ts'
import { queueOfOutcomes } from './directory.ts'
import { groupOf, groupParams } from './groups.ts'
import { at, count, limitOf, named, taskId } from './schemas.ts'

const tags = ['Groups']
const PATH = '/channels/:channel/groups/:group/dead'
/** Of a page, as letters are stored, and one letter more. */
const MOST_BYTES = 4 << 20

const letter = named(
  'GroupDeadLetter',
  z.object({
    id: z.string(),
    reason: z.string(),
    error: taskError.optional(),
    payload: z.unknown(),
    headers: z.unknown(),
    diedAt: at,
    enqueuedAt: at,
    failures: count,
    crashes: count,
  }),
)
/** When the last letter died, and its id. */
const place = z.tuple([z.int().min(0), taskId])

/** The dead letters of a group. */
export function groupDeadRoutes(app: ConsoleApp, api: Api): void {
  app.get(
    PATH,
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listGroupDead',
        tags,
        summary: 'The messages that a group buried, the newest first, at most 4 MiB and one of them at once',
        params: groupParams,
        querystring: z.object({ after: cursor.optional(), limit: limitOf(200, 50) }),
        response: { 200: z.object({ letters: z.array(letter), next: cursor.optional() }) },
      },
    },
    async (request) => {
      const { params, query } = request
      const group = await groupOf(api, params)
      const [diedAt = 0, id] = query.after === undefined ? [] : fromCursor(query.after, place)
      const after = id === undefined ? undefined : { id, diedAt }
      const letters = await group.dead.list({ limit: query.limit, maxBytes: MOST_BYTES, after })
      const last = letters.at(-1)
      const queue = queueOfOutcomes(params.channel)
      const show = api.show(request, queue === undefined ? { channel: params.channel } : { queue })
      const views = letters.map(({ payload, headers, error, ...rest }) => ({
        ...rest,
        payload: queue === undefined ? show.value(payload, 'payload', rest.id) : outcomeView(payload, show),
        headers: show.value(headers, 'headers', rest.id),
        ...(error !== undefined && { error: show.error(error) }),
      }))
      if (last === undefined) return { letters: views }
      // A page may be short because its letters are large.
      const isEnd = letters.length < query.limit && (await group.dead.list({ limit: 1, after: last })).length === 0
      return { letters: views, ...(!isEnd && { next: toCursor([last.diedAt, last.id]) }) }
    },
  )

  app.post(
    `${PATH}/redrive`,
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'redriveGroupDead',
        tags,
        summary: 'Give buried messages to the group again',
        params: groupParams,
        body: z.strictObject({ which: deadSelection, perSecond: perSecondOfRedrive, dryRun, confirm }),
        response: { 200: deadReport },
      },
    },
    async ({ params, body }, reply) => {
      const group = await groupOf(api, params)
      checkSelection(body, params.group)
      const { which, perSecond, dryRun } = body
      const signal = abandoned(reply, api.closing)
      return viewOfReport(await known(group.dead.redrive(which, { perSecond, dryRun, signal })))
    },
  )

  app.post(
    `${PATH}/discard`,
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'discardGroupDead',
        tags,
        summary: 'Delete messages that a group buried',
        params: groupParams,
        body: z.strictObject({ which: deadSelection, dryRun, confirm }),
        response: { 200: deadReport },
      },
    },
    async ({ params, body }, reply) => {
      const group = await groupOf(api, params)
      checkSelection(body, params.group)
      const { which, dryRun } = body
      const signal = abandoned(reply, api.closing)
      return viewOfReport(await known(group.dead.discard(which, { dryRun, signal })))
    },
  )
}
