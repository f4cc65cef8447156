import type { ChannelReader, EnqueueBatch, OutcomeLimits, QueueAdmin, QueueDriver, Turn } from '@mq/core'
import { MAX_BATCH_BYTES, parseOutcomeBody } from '@mq/core/adapter'
import { endText } from './model-task.ts'

const ALL: OutcomeLimits = { maxCount: 1_000_000, unreadFactor: 1, groupExpiresMs: 31_536_000_000 }

/**
 * The same queue, which keeps outcomes: producers say so each time, workers every other time, since it is remembered.
 */
export function keepingOutcomes(driver: QueueDriver & QueueAdmin): QueueDriver & QueueAdmin {
  return new Proxy(driver, {
    get(target, name) {
      if (name === 'enqueue') return (batch: EnqueueBatch) => target.enqueue({ ...batch, outcomes: ALL })
      if (name === 'settleAndClaim') {
        return (turn: Turn) => target.settleAndClaim(turn.seq % 2 === 0 ? turn : { ...turn, outcomes: ALL })
      }
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

/** What is in the channel, as a new group is given it, in words to compare. */
export async function readEnds(outcomes: ChannelReader): Promise<string[]> {
  const group = outcomes.group('audit', { from: 'earliest' })
  const rest = { repeat: false, maxBytes: MAX_BATCH_BYTES, leaseMs: 60_000, keepResults: false, awaitWork: false }
  const ends: string[] = []
  let settlements: Turn['settlements'] = []
  for (let seq = 1; ; seq++) {
    const { claimed } = await group.settleAndClaim({ lane: 'audit.0', seq, settlements, want: 1_000, ...rest })
    if (claimed.length === 0) return ends
    for (const { payload } of claimed) {
      const end = parseOutcomeBody(payload.replace(/^\S+ \d+ /, ''))
      ends.push(end === undefined ? payload : endText(end, end.outcome))
    }
    settlements = claimed.map(({ lease }) => ({ kind: 'complete', lease }))
  }
}
