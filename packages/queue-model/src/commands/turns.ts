import assert from 'node:assert/strict'
import type { Settlement, Turn, TurnReply } from '@mq/core'
import { MAX_BATCH_BYTES } from '@mq/core/adapter'
import * as fc from 'fast-check'
import type { Arbitrary } from 'fast-check'
import { commandsOf } from '../command.ts'
import type { AnyCommand, WeightedCommands } from '../command.ts'
import type { ModelTask } from '../model-task.ts'
import { isAbout, MINUTE_MS } from '../model-task.ts'
import { leaseMs, noDelayOrSome, participant, pick, pickLease, worker } from '../picks.ts'
import type { RealQueue, World } from '../world.ts'
import { assertRefused, REPEATABLE_MS } from './enqueueing.ts'

const act = fc.record({
  pick,
  kind: fc.constantFrom('complete', 'retry', 'release', 'bury', 'expire'),
  charge: fc.boolean(),
  delayMs: noDelayOrSome,
  result: fc.option(fc.constant('"r|1"'), { nil: undefined }),
  keep: fc.constantFrom(undefined, undefined, true, false),
  /** Only where there are limits. */
  hold: fc.constantFrom(undefined, undefined, 'key', 'queue'),
})
type Act = typeof act extends Arbitrary<infer A> ? A : never

function turnsWith(name: string, acts: Arbitrary<Act[]>, want: Arbitrary<number>): Arbitrary<AnyCommand> {
  return commandsOf({
    name,
    args: fc.record({
      by: participant,
      worker,
      acts,
      want,
      maxBytes: fc.constantFrom(MAX_BATCH_BYTES, MAX_BATCH_BYTES, MAX_BATCH_BYTES, 1),
      leaseMs,
      keepResults: fc.boolean(),
      awaitWork: fc.boolean(),
    }),
    applies: ({ acts }, { queue }) => acts.length === 0 || queue.leases.size > 0,
    async run({ by, worker, acts, ...rest }, world, real) {
      const lane = world.workers[worker]!
      const settlements = acts.map((given) => settlementOf(given, world))
      const call: Turn = { lane: lane.name, seq: ++lane.seq, repeat: false, settlements, ...rest }
      const reply = await real.drivers[by]!.settleAndClaim(call)
      lane.last = { call, reply, at: world.queue.now }
      take(call, reply, world, real)
    },
  })
}

function settlementOf({ pick, kind, charge, delayMs, result, keep, hold }: Act, { queue, shares }: World): Settlement {
  const lease = pickLease(queue, pick)
  const settled = { lease, id: queue.leases.get(lease)!.id }
  switch (kind) {
    case 'complete':
      return { ...settled, kind, result, keep }
    case 'retry':
      return { ...settled, kind, delayMs, charge }
    case 'bury':
      return { ...settled, kind, reason: 'broken', detail: 'why | not', charge }
    case 'release':
      return {
        ...settled,
        kind,
        ...(shares && hold ? { hold: { scope: hold, forMs: delayMs + MINUTE_MS } } : undefined),
      }
    case 'expire':
      return { ...settled, kind }
  }
}

/** Settles first, then recovers what is lost, then gives what waits and, behind it, what is due. */
export function take(turn: Turn, reply: TurnReply, { queue, ledger }: World, { slackMs }: RealQueue): void {
  const stale: number[] = []
  for (const [i, settlement] of turn.settlements.entries()) {
    if (!queue.settle(settlement, turn.keepResults)) stale.push(i)
    else if (settlement.kind === 'bury') ledger.buried++
    else if (settlement.kind === 'complete' || settlement.kind === 'expire') ledger.over++
  }
  assert.deepEqual(reply.stale, stale, 'stale settlements')
  if (turn.want > 0) queue.recover(queue.those('leased').filter(({ at }) => at <= queue.now))
  const most = queue.paused ? 0 : Math.min(turn.want, turn.maxBytes === 1 ? 1 : Infinity)
  assert.equal(reply.paused ?? false, queue.paused, 'whether the queue is paused')
  assert.ok(reply.claimed.length <= most, `${reply.claimed.length} are given, not ${most}`)
  for (const claimed of reply.claimed) queue.give(claimed, turn.leaseMs)
  const left = reply.claimed.length < most ? queue.heads().map(({ n }) => n) : []
  assert.deepEqual(left, [], 'more could be given')

  // What is due and held back is awaited as what waits is.
  const isHeldBack = queue.heads().length === 0
  const isAwaited = ({ at }: ModelTask): boolean => at > queue.now || !isHeldBack
  const overAt = Math.min(...queue.those('leased').map(({ at }) => at))
  const delayedUntil = queue.paused
    ? Infinity
    : Math.min(
        ...queue
          .those('delayed')
          .filter(isAwaited)
          .map(({ at }) => at),
      )
  // A lease that is over may have ended, or not.
  const leased = queue.those('leased')
  const held = leased.filter(({ at }) => at > queue.now)
  const frees = [leased, held].map((counted) =>
    queue.paused ? Infinity : queue.limits.nextFree(queue.claimable(), counted, queue.now),
  )
  const nextDueAt = Math.min(delayedUntil, turn.want > 0 && reply.claimed.length === 0 ? overAt : Infinity)
  const { nextDueInMs } = reply
  if (nextDueInMs !== undefined) {
    // Where tasks run, an adapter may want a worker to look sooner.
    const isRight = [nextDueAt, overAt, ...frees].some((time) => isAbout(nextDueInMs, time - queue.now, slackMs))
    const latest = Math.max(0, Math.min(nextDueAt, Math.max(...frees)) - queue.now) + slackMs
    assert.ok((isRight || nextDueInMs < overAt - queue.now) && nextDueInMs <= latest, `next due in ${nextDueInMs} ms`)
  } else if (turn.want > 0 && reply.claimed.length === 0) {
    assert.deepEqual([nextDueAt, Math.max(...frees)], [Infinity, Infinity], 'when the next is due')
  }
}

const isRepeatable = ({ worker }: { worker: number }, { workers, queue }: Readonly<World>): boolean =>
  queue.now - (workers[worker]!.last?.at ?? -Infinity) < REPEATABLE_MS

const isEmpty = (turn: Turn, reply: TurnReply): boolean => turn.settlements.length === 0 && reply.claimed.length === 0

const repeatTurn = commandsOf({
  name: 'repeat turn',
  args: fc.record({ by: participant, worker }),
  applies: isRepeatable,
  async run({ by, worker }, world, real) {
    const { queue, workers } = world
    const { call, reply: before } = workers[worker]!.last!
    const reply = await real.drivers[by]!.settleAndClaim({ ...call, repeat: true })
    if (isEmpty(call, before)) {
      // Nothing is stored of it, so it may be taken as a new one.
      workers[worker]!.last = { call, reply, at: queue.now }
      if (reply.claimed.length > 0) take(call, reply, world, real)
      return
    }
    const claims = (turn: TurnReply): unknown[] =>
      turn.claimed.map(({ lease, n, fence, payload }) => [lease, n, fence, payload])
    const claimed = before.claimed.filter(({ lease }) => queue.held(lease))
    assert.deepEqual([reply.stale, claims(reply)], [before.stale, claims({ ...before, claimed })])
  },
})

const lateTurn = commandsOf({
  name: 'late turn',
  args: fc.record({ by: participant, worker }),
  applies: (args, world) => {
    const last = world.workers[args.worker]!.last
    return last !== undefined && isRepeatable(args, world) && !isEmpty(last.call, last.reply)
  },
  async run({ by, worker }, { workers }, { drivers }) {
    const { call } = workers[worker]!.last!
    await assertRefused(drivers[by]!.settleAndClaim({ ...call, seq: call.seq - 1, repeat: true }))
  },
})

const some = fc.integer({ min: 1, max: 4 })
const acts = fc.array(act, { minLength: 1, maxLength: 3 })
const claim = turnsWith('claim', fc.constant([]), some)
const settle = turnsWith('settle', acts, fc.constant(0))
const settleAndClaim = turnsWith('settle and claim', acts, some)

export const turns: readonly WeightedCommands[] = [
  { weight: 6, arbitrary: claim },
  { weight: 4, arbitrary: settle },
  { weight: 3, arbitrary: settleAndClaim },
  { weight: 1, arbitrary: repeatTurn },
  { weight: 1, arbitrary: lateTurn },
]
