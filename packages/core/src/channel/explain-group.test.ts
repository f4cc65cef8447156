import { expect, it } from 'vitest'
import type { GroupStats } from '../ports/group-driver.ts'
import { explainGroup } from './explain-group.ts'
import type { GroupFacts } from './explain-group.ts'

const idle: GroupStats = {
  unread: 0,
  ahead: 0,
  blocked: 0,
  returned: 0,
  delayed: 0,
  overdue: 0,
  running: 0,
  dead: 0,
  lost: 0,
  deadDropped: 0,
  foreign: 0,
  paused: false,
}

function factsOf(stats: Partial<GroupStats>, facts: Partial<GroupFacts> = {}): GroupFacts {
  return { stats: { ...idle, ...stats }, newest: { epoch: 'e', n: 10 }, members: 1, concurrency: 2, ...facts }
}

it.each([
  ['delivered', factsOf({}), 10],
  ['delivered', factsOf({ lost: 3 }), 1],
  ['not-published', factsOf({}), 11],
  ['in-hand', factsOf({ running: 1 }), 10],
  ['in-hand', factsOf({ delayed: 1 }), 1],
  ['dead', factsOf({ running: 1 }, { diedOf: 'bad' }), 10],
  ['paused', factsOf({ unread: 3, paused: true }, { members: 0 }), 9],
  ['no-member', factsOf({ unread: 3 }, { members: 0, concurrency: 0 }), 8],
  ['behind-others', factsOf({ unread: 3 }), 9],
  ['behind-others', factsOf({ unread: 3, returned: 1 }), 8],
  ['members-busy', factsOf({ unread: 3, running: 2 }), 8],
  ['next', factsOf({ unread: 3, running: 1 }), 8],
  ['next', factsOf({ returned: 1 }), undefined],
  ['members-busy', factsOf({ running: 1 }), undefined],
  ['backing-off', factsOf({ delayed: 1 }), undefined],
  ['backing-off', factsOf({ delayed: 1 }, { members: 0 }), undefined],
  ['next', factsOf({ delayed: 2, overdue: 1 }), undefined],
  ['no-member', factsOf({ delayed: 2, overdue: 1 }, { members: 0 }), undefined],
  ['paused', factsOf({ delayed: 2, overdue: 1, paused: true }), undefined],
  ['caught-up', factsOf({}), undefined],
  ['not-kept', factsOf({}, { isKept: false }), undefined],
  ['members-busy', factsOf({ running: 1 }, { isKept: false }), undefined],
  ['behind-their-keys', factsOf({ unread: 2, ahead: 2, blocked: 2, delayed: 1 }), undefined],
  ['behind-their-keys', factsOf({ unread: 2, ahead: 2, blocked: 2, running: 1 }), undefined],
  ['no-member', factsOf({ unread: 2, ahead: 2, blocked: 2, delayed: 1 }, { members: 0 }), undefined],
  ['next', factsOf({ unread: 2, ahead: 2, blocked: 1 }), undefined],
  ['behind-their-keys', factsOf({ unread: 10_007, ahead: 10_003, blocked: 10_003, running: 1 }), undefined],
  ['behind-their-keys', factsOf({ unread: 10_007, ahead: 10_003, blocked: 10_003, running: 1 }), 9],
  ['next', factsOf({ unread: 10_007, ahead: 10_004, blocked: 10_003, running: 1 }), undefined],
  ['next', factsOf({ unread: 10_007, ahead: 10_003, blocked: 10_003, returned: 1 }), undefined],
  ['in-hand', factsOf({ unread: 2, ahead: 2, blocked: 2 }), 10],
  ['in-hand', factsOf({ unread: 4, ahead: 2, blocked: 2 }), 8],
  ['behind-others', factsOf({ unread: 4, ahead: 2, blocked: 1 }), 9],
  ['unknown-group', { members: 0, concurrency: 0 }, undefined],
])('%s is why, by the facts %#', (because, facts, n) => {
  expect(explainGroup(facts, n)).toMatchObject({ because, text: expect.stringMatching(/^[A-Z\d].*\.$/) })
})
