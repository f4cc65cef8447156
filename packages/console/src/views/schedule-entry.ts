import { TICKER_GONE_MS } from '@mq/scheduler'
import type { ScheduleEntry, ScheduleExplanation } from '@mq/scheduler'
import { z } from 'zod'
import { at, count, duration, ms, named, said, taskId } from '../api/schemas.ts'
import type { Show } from './show.ts'

export const missed = z.enum(['skip', 'one', 'all'])
export const scheduleName = said('the name of a schedule', z.string().min(1).max(256), 'monthly')

export const scheduleEntry = named(
  'Schedule',
  z.object({
    name: scheduleName,
    state: said(
      '`overdue`: its tick was not done within a minute. `over`: there is no other tick. `invalid`: it cannot be read',
      z.enum(['active', 'overdue', 'paused', 'over', 'invalid']),
    ),
    cron: z.string().optional(),
    timeZone: z.string().optional(),
    everyMs: ms.optional(),
    from: at.optional(),
    until: at.optional(),
    missed: missed.optional(),
    jitterMs: ms.optional(),
    payload: said('what redaction leaves of it', z.unknown().optional()),
    options: said(
      'of each task, without what is the default; headers as redaction leaves them',
      z
        .object({
          delayMs: duration.optional(),
          priority: count.optional(),
          timeoutMs: ms.optional(),
          expiresInMs: ms.optional(),
          attempts: count.optional(),
          backoff: z.unknown().optional(),
          keep: z.object({ results: z.boolean() }).optional(),
          key: z.string().optional(),
          weight: count.optional(),
          headers: z.unknown().optional(),
        })
        .optional(),
    ),
    nextAt: at.optional(),
    lastAt: said('the last tick that made a task', at.optional()),
    lastTask: said('the id of that task', taskId.optional()),
  }),
)
export type ScheduleView = z.infer<typeof scheduleEntry>

export const ticking = {
  at,
  tickerSeenAgoMs: said('since a process last looked which ticks are due; missing: none ever did', ms.optional()),
  ticked: said('whether some process ticks the schedules of this queue, as far as that is known', z.boolean()),
}

export const scheduleDetail = named(
  'ScheduleDetail',
  z.object({
    schedule: scheduleEntry,
    next: said('its next five ticks', z.array(at)),
    why: z.object({
      because: said('stable: `paused`, `over`, `no-ticker`, `due`, `not-begun`, `not-due`, `invalid`', z.string()),
      text: said('a sentence; its words may change', z.string()),
    }),
    ...ticking,
  }),
)

export function scheduleView(entry: ScheduleEntry, show: Show): ScheduleView {
  const { payload, options, priority: _, ...facts } = entry
  const { headers, ...others } = options ?? {}
  return {
    ...facts,
    ...(payload !== undefined && { payload: show.value(payload, 'payload') }),
    ...(options !== undefined && {
      options: { ...others, ...(headers !== undefined && { headers: show.value(headers, 'headers') }) },
    }),
  }
}

/** `isShared`: by processes, of which each looks now and then. */
export function tickingView(
  { at, tickerSeenAgoMs }: { readonly at: number; readonly tickerSeenAgoMs?: number | undefined },
  isShared: boolean,
): { at: number; tickerSeenAgoMs?: number; ticked: boolean } {
  if (tickerSeenAgoMs === undefined) return { at, ticked: false }
  return { at, tickerSeenAgoMs, ticked: !isShared || tickerSeenAgoMs <= TICKER_GONE_MS }
}

export function detailView(
  { because, text, facts }: ScheduleExplanation,
  entry: ScheduleEntry,
  show: Show,
  isShared: boolean,
): z.infer<typeof scheduleDetail> {
  return {
    schedule: scheduleView(entry, show),
    next: [...facts.next],
    why: { because, text },
    ...tickingView(facts, isShared),
  }
}
