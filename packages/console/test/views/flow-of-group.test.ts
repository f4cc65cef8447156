import type { GroupStats } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { flowOfGroup } from '../../src/views/flow-of-group.ts'
import type { GroupState } from '../../src/views/flow-of-group.ts'
import { worstOf } from '../../src/views/flow-of.ts'
import { NO_GROUP_STATS } from './no-group-stats.ts'

function flowWith(stats: Partial<GroupStats>, more: Partial<GroupState> = {}) {
  const member = more.isAlone ? [] : [{ state: 'working' as const }]
  const circumstances = { alive: member, isAlone: false, aloneMs: Infinity, growsPerMinute: 0, ...more }
  return flowOfGroup({ channel: 'orders', name: 'audit', stats: { ...NO_GROUP_STATS, ...stats }, ...circumstances })
}

const at = { channel: 'orders', group: 'audit' }
const ALONE = { isAlone: true }

describe('a group', () => {
  it.each([
    ['has nothing to do', {}, {}, 'idle', 'none'],
    ['has nothing to do, and no member', {}, ALONE, 'idle', 'none'],
    ['works', { unread: 9, running: 1 }, {}, 'flowing', 'none'],
    ['has messages and no member', { unread: 9 }, ALONE, 'stuck', 'no-members'],
    ['has messages that were taken back, and no member', { returned: 1 }, ALONE, 'stuck', 'no-members'],
    ['has retries that are due, and no member', { delayed: 2, overdue: 1 }, ALONE, 'stuck', 'no-members'],
    ['has retries that are not due, and no member', { delayed: 2 }, ALONE, 'idle', 'none'],
    ['was left with messages in hand', { running: 2 }, ALONE, 'stuck', 'no-members'],
    ['gets another member', { unread: 1 }, { ...ALONE, aloneMs: 1_500 }, 'flowing', 'none'],
    ['has quiet members only', { unread: 1 }, { alive: [{ state: 'quiet' }] }, 'stuck', 'quiet'],
    ['is paused', { unread: 1, paused: true }, ALONE, 'paused', 'paused'],
    ['is paused, and nothing waits', { paused: true }, {}, 'idle', 'none'],
    ['falls behind', { unread: 100, oldestWaitMs: 30_000 }, { growsPerMinute: 5 }, 'flowing', 'backlog-grows'],
    ['fills, and is quick', { unread: 100, oldestWaitMs: 29_000 }, { growsPerMinute: 5 }, 'flowing', 'none'],
    ['is a little behind', { unread: 99, oldestWaitMs: 30_000 }, { growsPerMinute: 5 }, 'flowing', 'none'],
  ] as const)('that %s', (_, stats, more, state, because) => {
    expect(flowWith(stats, more)).toMatchObject({ state, because, ...(because !== 'none' && at) })
  })

  it('that was left says what waits, what is due and what was in hand', () => {
    expect(flowWith({ unread: 2, returned: 1, overdue: 4, running: 5 }, ALONE)).toEqual({
      ...{ state: 'stuck', because: 'no-members', ...at },
      ...{ waiting: 3, overdue: 4, held: 5 },
    })
  })

  it('without members is as bad as a queue without workers, and worse than all else', () => {
    const left = flowWith({ unread: 1 }, ALONE)
    const paused = { state: 'paused', because: 'paused', queue: 'mails' } as const
    expect(worstOf([paused, { state: 'stuck', because: 'unreadable' }, left])).toBe(left)
    expect(worstOf([left, { state: 'stuck', because: 'no-workers', queue: 'mails' }])).toBe(left)
  })
})
