import type { EnqueueBatch, Hint, LeaseState, QueueAdmin, QueueDriver, Subscription } from '@mq/core'
import { MqError } from '@mq/core'
import { queueTopic } from './keys.ts'
import { parseOutcome } from './outcome.ts'
import type { Participant } from './participant.ts'
import type { Script } from './script.ts'
import { keysFor } from './script.ts'
import { cancelScript } from './scripts/cancel.ts'
import { enqueueArguments, enqueueScript, parseReceipts } from './scripts/enqueue.ts'
import { extendScript, parseLeaseStates } from './scripts/extend.ts'
import { listDeadScript, parseDead } from './scripts/list-dead.ts'
import { noteArguments, noteScript } from './scripts/note.ts'
import { recallScript } from './scripts/recall.ts'
import { parseReadings, readScript, refArgument } from './scripts/read.ts'
import { parseTurn, settleAndClaimScript, turnArguments } from './scripts/settle-and-claim.ts'
import { parseStats, statsScript } from './scripts/stats.ts'

const MOST_AT_ONCE = 1_000
const MOST_BYTES = 4_194_304

/** A queue's verbs, one script each. */
export function createRedisQueue(participant: Participant, queue: string): QueueDriver & QueueAdmin {
  const { prefix, topic } = participant
  const cancelled = queueTopic(prefix, queue)
  const bind = (script: Script): ((args: readonly (string | number)[]) => Promise<unknown>) => {
    const keys = keysFor(script, prefix, queue)
    return (args) => participant.evaluate(script, keys, args)
  }
  const enqueue = bind(enqueueScript)
  const recall = bind(recallScript)
  const settleAndClaim = bind(settleAndClaimScript)
  const extend = bind(extendScript)
  const note = bind(noteScript)
  const read = bind(readScript)
  const cancel = bind(cancelScript)
  const stats = bind(statsScript)
  const list = bind(listDeadScript)

  return {
    async enqueue(batch: EnqueueBatch) {
      checkBatch(batch.tasks.length)
      checkWhole('seq', batch.seq)
      if (batch.capacity !== undefined) checkWhole('capacity', batch.capacity)
      for (const { level, delayMs } of batch.tasks) {
        if (!Number.isInteger(level) || level < 0 || level > 9 || !Number.isSafeInteger(delayMs) || delayMs < 0) {
          throw new MqError('storage-refused', 'a task needs a level 0–9 and a whole delay')
        }
      }
      if (batch.tasks.length === 0) return []
      const receipts = await enqueue(enqueueArguments(batch, topic)).catch(async (thrown: unknown) => {
        if (!MqError.is(thrown, 'storage-full')) throw thrown
        // Full now, but this may be the repetition of a call that was done.
        const known = await recall([batch.lane, batch.seq])
        if (typeof known === 'string') return known
        throw thrown
      })
      return parseReceipts(receipts, batch.tasks.length)
    },

    async settleAndClaim(turn) {
      checkBatch(turn.settlements.length)
      checkBatch(turn.want)
      checkWhole('seq', turn.seq)
      return parseTurn(await settleAndClaim(turnArguments(turn, topic)))
    },

    async extend(leases, leaseMs): Promise<readonly LeaseState[]> {
      checkBatch(leases.length)
      return leases.length === 0 ? [] : parseLeaseStates(await extend([leaseMs, ...leases]))
    },

    async note(notes) {
      checkBatch(notes.length)
      if (notes.length > 0) await note(noteArguments(notes))
    },

    async listen(listener: (hint: Hint) => void): Promise<Subscription> {
      const leave = await Promise.all([
        participant.hearQueue(queue, (text) => {
          const hint = parseHint(text)
          if (hint) listener(hint)
        }),
        participant.hints.listen(cancelled, {
          onMessage: (text) => {
            const hint = parseHint(text)
            if (hint) listener(hint)
          },
          onInterruption: () => listener({ kind: 'reconnected' }),
        }),
      ])
      return participant.hints.together(leave)
    },

    async read(tasks, { watch = false } = {}) {
      checkBatch(tasks.length)
      if (tasks.length === 0) return []
      return parseReadings(await read([watch ? topic : '', ...tasks.map(refArgument)]))
    },

    async list({ offset, limit }) {
      checkBatch(limit)
      if (!Number.isSafeInteger(offset) || offset < 0) throw new MqError('storage-refused', `no offset: ${offset}`)
      if (limit === 0) return []
      return parseDead(await list([offset, limit, MOST_BYTES]))
    },

    stats: async () => parseStats(await stats([])),

    async apply({ task, reason }) {
      const result = await cancel([refArgument(task), reason, cancelled])
      return { result: result === 'cancelled' ? result : 'too-late' }
    },
  }
}

function checkWhole(what: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new MqError('storage-refused', `${what} is no whole number: ${value}`)
}

function checkBatch(size: number): void {
  if (!(size >= 0 && size <= MOST_AT_ONCE))
    throw new MqError('storage-refused', `at most ${MOST_AT_ONCE} at once, not ${size}`)
}

/**
 * Messages to participants: a letter, the queue's name, and after a newline what it is about.
 * w work, r room, e ended, p progress, c cancelled.
 */
function parseHint(text: string): Hint | undefined {
  const newline = text.indexOf('\n')
  const body = newline === -1 ? '' : text.slice(newline + 1)
  const bar = body.indexOf('|')
  switch (text[0]) {
    case 'w':
      return { kind: 'work' }
    case 'r':
      return { kind: 'room' }
    case 'e': {
      const ended = parseOutcome(body)
      return ended && { kind: 'ended', ...ended }
    }
    case 'p':
      return { kind: 'progress', n: body.slice(0, bar), body: body.slice(bar + 1) }
    case 'c':
      return { kind: 'cancel', lease: body.slice(0, bar), reason: body.slice(bar + 1) }
    default:
      return undefined
  }
}
