import type { QueueStats, TaskFacts } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { flowOf, worstOf } from '../../src/views/flow-of.ts'
import type { QueueState } from '../../src/views/flow-of.ts'

interface Case {
  readonly stats?: Partial<QueueStats>
  readonly facts?: Partial<TaskFacts>
  readonly perSecond?: Partial<QueueState['trend']['perSecond']>
  readonly grows?: number
  readonly turnAgoMs?: number
  readonly silentMs?: number
  readonly alive?: QueueState['alive']
  readonly areGone?: boolean
}

function stateOf({ stats, facts, perSecond, grows = 0, alive = [], areGone = false, ...ago }: Case): QueueState {
  const { turnAgoMs = Infinity, silentMs = turnAgoMs } = ago
  return {
    name: 'mails',
    stats: {
      waiting: 0,
      delayed: 0,
      overdue: 0,
      running: 0,
      lapsed: 0,
      dead: 0,
      paused: false,
      ...stats,
    } as QueueStats,
    facts: facts && ({ paused: false, running: 0, idleWorkers: 0, ...facts } as TaskFacts),
    alive,
    areGone,
    turnAgoMs,
    silentMs,
    trend: { perSecond: { enqueued: 0, completed: 0, failed: 0, ...perSecond }, growsPerMinute: grows, overMs: 60_000 },
  }
}

const CASES: readonly [string, Case, string, string][] = [
  ['nothing to do', {}, 'idle', 'none'],
  ['tasks run', { stats: { running: 3 }, facts: { running: 3 }, turnAgoMs: 900 }, 'flowing', 'none'],
  ['nobody ever worked', { stats: { waiting: 1, oldestWaitMs: 3_000 }, facts: {} }, 'stuck', 'no-workers'],
  [
    'tasks are due, and nobody is there to see it',
    { stats: { delayed: 4, overdue: 3, oldestWaitMs: 3_000 }, facts: {}, turnAgoMs: 90_000 },
    'stuck',
    'no-workers',
  ],
  [
    'tasks have just become due',
    { stats: { delayed: 4, overdue: 3, oldestWaitMs: 30 }, facts: {}, turnAgoMs: 900 },
    'idle',
    'none',
  ],
  [
    'tasks of a paused queue are due',
    { stats: { delayed: 1, overdue: 1, paused: true, oldestWaitMs: 9_000 }, facts: { paused: true } },
    'paused',
    'paused',
  ],
  [
    'nobody ticks the schedules',
    { stats: { schedules: { count: 3, due: 2, dueForMs: 16_000 } } },
    'stuck',
    'schedules-stand',
  ],
  ['a tick is being done', { stats: { schedules: { count: 3, due: 2, dueForMs: 900 } } }, 'idle', 'none'],
  ['it has just come', { stats: { waiting: 1, oldestWaitMs: 100 }, facts: {} }, 'flowing', 'none'],
  [
    'a worker that died while it slept is still listed',
    { stats: { waiting: 1, oldestWaitMs: 3_000 }, facts: { idleWorkers: 1 }, turnAgoMs: 3_000 },
    'stuck',
    'no-workers',
  ],
  [
    'workers that died hold tasks',
    { stats: { waiting: 9, running: 2, oldestWaitMs: 9_000 }, facts: { running: 2 }, turnAgoMs: 15_500 },
    'stuck',
    'no-workers',
  ],
  [
    'all that is left are tasks of workers that died, whose leases are over',
    { stats: { running: 2 }, facts: {}, turnAgoMs: 31_000 },
    'stuck',
    'no-workers',
  ],
  [
    'workers that hold tasks may be busy, or have died',
    { stats: { waiting: 9, running: 2, oldestWaitMs: 9_000 }, facts: { running: 2 }, turnAgoMs: 5_500 },
    'flowing',
    'silent',
  ],
  [
    'they are busy, as they have reported themselves',
    {
      stats: { waiting: 9, running: 2, oldestWaitMs: 9_000 },
      facts: { running: 2 },
      turnAgoMs: 90_000,
      silentMs: 4_000,
    },
    'flowing',
    'none',
  ],
  [
    'workers that hold tasks have no connection any more',
    { stats: { waiting: 9, running: 2, oldestWaitMs: 9_000 }, facts: { running: 2 }, turnAgoMs: 2_500, areGone: true },
    'stuck',
    'no-workers',
  ],
  [
    'a worker that is not listed yet has just made a turn',
    { stats: { waiting: 9, running: 2, oldestWaitMs: 9_000 }, facts: { running: 2 }, turnAgoMs: 500, areGone: true },
    'flowing',
    'none',
  ],
  [
    'all workers are quiet',
    { stats: { waiting: 9, oldestWaitMs: 9_000 }, facts: {}, turnAgoMs: 9_000, alive: [{ state: 'quiet' }] },
    'stuck',
    'quiet',
  ],
  [
    'all slots are busy for long',
    { stats: { waiting: 9, running: 2, oldestWaitMs: 90_000 }, facts: { running: 2 }, turnAgoMs: 4_500 },
    'flowing',
    'none',
  ],
  ['paused', { stats: { waiting: 1, paused: true, oldestWaitMs: 9_000 }, facts: { paused: true } }, 'paused', 'paused'],
  ['paused and empty', { stats: { paused: true } }, 'idle', 'none'],
  ['everything fails', { perSecond: { failed: 2 } }, 'stuck', 'failing'],
  ['more fails than succeeds', { perSecond: { failed: 2, completed: 1 } }, 'flowing', 'failing'],
  [
    'the backlog grows',
    { stats: { waiting: 500, oldestWaitMs: 60_000 }, facts: { running: 1 }, turnAgoMs: 10, grows: 100 },
    'flowing',
    'backlog-grows',
  ],
  [
    'a burst is not a growing backlog',
    { stats: { waiting: 500, oldestWaitMs: 1_000 }, facts: { running: 1 }, turnAgoMs: 10, grows: 100 },
    'flowing',
    'none',
  ],
]

describe('the state of a queue', () => {
  it.each(CASES)('%s', (_, given, state, because) => {
    expect(flowOf(stateOf(given))).toMatchObject({ state, because })
  })
})

it('says how many wait, are due, and were left by workers', () => {
  const stats = { waiting: 1, delayed: 9, overdue: 2, running: 3, lapsed: 3, oldestWaitMs: 9_000 }
  expect(flowOf(stateOf({ stats, facts: {} }))).toMatchObject({ waiting: 1, overdue: 2, held: 3 })
  const schedules = { count: 3, due: 2, dueForMs: 16_000.4 }
  expect(flowOf(stateOf({ stats: { schedules } }))).toMatchObject({ schedules: 2, dueForMs: 16_000 })
})

it('shows the worst of all queues, and the sum of what flows when all is well', () => {
  const well = flowOf(stateOf({ perSecond: { completed: 1 } }))
  const paused = flowOf(stateOf({ stats: { waiting: 1, paused: true } }))
  const dead = flowOf(stateOf({ stats: { waiting: 1, oldestWaitMs: 3_000 }, facts: {} }))
  expect(worstOf([well, paused, dead, well])).toMatchObject({ state: 'stuck', because: 'no-workers', queue: 'mails' })
  expect(worstOf([well, paused])).toMatchObject({ state: 'paused' })
  expect(worstOf([well, well])).toEqual({ state: 'flowing', because: 'none', perMinute: 120 })
  expect(worstOf([])).toEqual({ state: 'idle', because: 'none', perMinute: 0 })
})
