import type { GroupStats } from '@mq/core'

/** Of a group that has nothing to do. */
export const NO_GROUP_STATS: GroupStats = {
  ...{ unread: 0, ahead: 0, blocked: 0, returned: 0, delayed: 0, overdue: 0 },
  ...{ running: 0, dead: 0, lost: 0, deadDropped: 0, foreign: 0 },
  paused: false,
}
