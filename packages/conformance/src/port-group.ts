import type { ChannelDriver, ClaimedTask, GroupDriver, GroupStats, HistoryLimits } from '@mq/core'
import assert from 'node:assert/strict'
import { payloadsOf, PortWorker } from './port-queue.ts'

/** Far more than any case publishes. */
export const KEPT: HistoryLimits = { maxCount: 100_000, unreadFactor: 10, groupExpiresMs: 604_800_000 }

const FROM = { from: 'latest' } as const

export function member(group: GroupDriver): PortWorker {
  return new PortWorker(group)
}

/** What a group delivers is "epoch n body". */
export function bodiesOf(tasks: readonly ClaimedTask[]): string[] {
  return payloadsOf(tasks).map((payload) => payload.slice(payload.lastIndexOf(' ') + 1))
}

export async function bodies(worker: PortWorker, want = 100): Promise<string[]> {
  return bodiesOf(await worker.claim(want))
}

/** Claims all that there is, and completes it. */
export async function consumeAll(worker: PortWorker): Promise<string[]> {
  const all: string[] = []
  for (;;) {
    const claimed = await worker.claim(1_000)
    if (claimed.length === 0) return all
    all.push(...bodiesOf(claimed))
    await worker.settle(...claimed.map(({ lease }) => ({ kind: 'complete', lease }) as const))
  }
}

/** A channel with a group that exists: a group begins with its first turn. */
export async function begin(channel: ChannelDriver, name: string): Promise<PortWorker> {
  const worker = member(channel.group(name, { from: 'latest' }))
  assert.deepEqual(await bodies(worker), [])
  return worker
}

/** The bodies `first`, `first + 1` and so on. */
export function numbered(count: number, first = 1): string[] {
  return Array.from({ length: count }, (_, i) => String(first + i))
}

/** Claims all that there is, and buries it. */
export async function buryAll(worker: PortWorker): Promise<void> {
  const claimed = await worker.claim()
  await worker.settle(
    ...claimed.map(({ lease }) => ({ kind: 'bury', lease, reason: 'bad', detail: '', charge: true }) as const),
  )
}

/** A group that has buried the messages 1 to `count`. */
export async function dying(
  channel: ChannelDriver,
  count: number,
): Promise<{ group: GroupDriver; worker: PortWorker }> {
  const worker = await begin(channel, 'audit')
  await channel.publish(numbered(count), KEPT)
  await buryAll(worker)
  return { group: channel.group('audit', FROM), worker }
}

export async function deadOf(group: GroupDriver): Promise<string[]> {
  return (await group.list({ state: 'dead', limit: 100 })).map(({ n }) => n)
}

/** Of a group that has done all it was given. */
const QUIET: Omit<GroupStats, 'overdue'> = {
  unread: 0,
  ahead: 0,
  blocked: 0,
  returned: 0,
  delayed: 0,
  running: 0,
  dead: 0,
  lost: 0,
  deadDropped: 0,
  foreign: 0,
  paused: false,
}

/** Counts that are not in `expected` must be 0. */
export async function assertGroupStats(group: GroupDriver, expected: Partial<GroupStats>): Promise<void> {
  const { overdue, oldestWaitMs, ...stats } = (await group.stats())!
  assert.deepEqual(stats, { ...QUIET, ...expected })
  assert.ok(overdue <= stats.delayed)
  assert.equal(oldestWaitMs !== undefined, stats.unread + stats.returned + overdue > 0)
}
