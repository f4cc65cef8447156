import type { GroupStats } from '@mq/core'
import { z } from 'zod'
import { count, groupName, ms, named, said, sourceName } from '../api/schemas.ts'

const facts = {
  name: groupName,
  unread: said('published and not given to a member yet', count),
  ahead: said('of the unread ones of an ordered group, those whose key is known', count),
  blocked: said('of these, those behind another message of their key', count),
  returned: said('taken back from a member, and given again next', count),
  delayed: count,
  overdue: said('of the delayed ones, those whose pause is over', count),
  oldestWaitMs: said('of those that no member has', ms.optional()),
  running: count,
  dead: count,
  lost: said('dropped before they were given to a member', count),
  deadDropped: count,
  foreign: count,
  paused: z.boolean(),
}

export const groupView = named('Group', z.object(facts))

export const groupSummary = named(
  'GroupSummary',
  z.object({
    channel: said('whose messages it is given: a channel, or a queue and `:outcomes`', sourceName),
    ...facts,
    members: said('that are there', count),
  }),
)
export type GroupSummary = z.infer<typeof groupSummary>

export function summaryOfGroup(
  { channel, name }: Pick<GroupSummary, 'channel' | 'name'>,
  stats: GroupStats,
  members: number,
): GroupSummary {
  const { unread, ahead, blocked, returned, delayed, overdue, running, dead, lost, deadDropped, foreign, paused } =
    stats
  const counts = { unread, ahead, blocked, returned, delayed, overdue, running, dead, lost, deadDropped, foreign }
  const { oldestWaitMs } = stats
  return { channel, name, ...counts, ...(oldestWaitMs !== undefined && { oldestWaitMs }), paused, members }
}
