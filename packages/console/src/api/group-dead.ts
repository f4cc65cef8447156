import { z } from 'zod'
import type { ConsoleApp } from '../console-app.ts'
import { known } from '../problems/known.ts'
import { taskError } from '../views/task-entry.ts'
import { abandoned } from './abandoned.ts'
import type { Api } from './api.ts'
import { cursor, fromCursor, toCursor } from './cursor.ts'
import { checkSelection, confirm, deadReport, deadSelection, dryRun, perSecondOfRedrive, viewOfReport } from './dead.ts'
import { groupOf, groupParams } from './groups.ts'
import { at, count, limitOf, named } from './schemas.ts'

const tags = ['Groups']
const PATH = '/channels/:channel/groups/:group/dead'
/** The most letters of one millisecond that pages tell apart. */
const MOST_OF_ONE_MS = 9_000

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
/** When the last letter died, and how many of that millisecond were listed. */
const place = z.tuple([z.int().min(0), z.int().min(0).max(MOST_OF_ONE_MS)])

/** The dead letters of a group. */
export function groupDeadRoutes(app: ConsoleApp, api: Api): void {
  app.get(
    PATH,
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listGroupDead',
        tags,
        summary: 'The messages that a group buried, the newest first',
        params: groupParams,
        querystring: z.object({ after: cursor.optional(), limit: limitOf(200, 50) }),
        response: { 200: z.object({ letters: z.array(letter), next: cursor.optional() }) },
      },
    },
    async (request) => {
      const { params, query } = request
      const group = await groupOf(api, params)
      const [diedTo, skip] = query.after === undefined ? [undefined, 0] : fromCursor(query.after, place)
      const found = await group.dead.list({ diedTo, limit: query.limit + skip })
      const letters = found.slice(skip)
      const last = letters.at(-1)
      const show = api.show(request, { channel: params.channel })
      const views = letters.map(({ payload, headers, error, ...rest }) => ({
        ...rest,
        payload: show.value(payload, 'payload', rest.id),
        headers: show.value(headers, 'headers', rest.id),
        ...(error !== undefined && { error: show.error(error) }),
      }))
      if (last === undefined || found.length < query.limit + skip) return { letters: views }
      const listed = found.filter(({ diedAt }) => diedAt === last.diedAt).length
      return { letters: views, next: toCursor([last.diedAt, Math.min(listed, MOST_OF_ONE_MS)]) }
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
