import { argumentsOf } from './scripts/arguments.ts'
import type { EnqueueBatch, Hint, LeaseState, QueueAdmin, QueueDriver, Subscription } from '@mq/core/adapter'
import {
  checkBatch,
  checkCommand,
  checkEndedLanes,
  checkExtend,
  checkHistory,
  checkList,
  checkNotes,
  checkPage,
  checkRead,
  checkSample,
  checkTurn,
  MAX_BATCH_BYTES,
  MqError,
  refuse,
} from '@mq/core/adapter'
import { InOrder } from './in-order.ts'
import { queueTopic } from './keys.ts'
import { parseOutcome } from './outcome.ts'
import type { Participant } from './participant.ts'
import type { Script } from './script.ts'
import { applyCommand } from './apply-command.ts'
import { endLanesScript, LANE } from './scripts/queue/end-lanes.ts'
import { enqueueDisplacingScript } from './scripts/queue/enqueue-displacing.ts'
import { enqueueReplacingScript } from './scripts/queue/enqueue-replacing.ts'
import { enqueueArguments } from './scripts/queue/enqueue-arguments.ts'
import type { BatchId } from './scripts/queue/enqueue-arguments.ts'
import { historyArguments, historyScript, parseHistory } from './scripts/history/history.ts'
import { sampleArguments, sampleScript } from './scripts/history/sample.ts'
import { enqueueScript, parseReceipts } from './scripts/queue/enqueue.ts'
import { EXTEND, extendScript, parseLeaseStates } from './scripts/queue/extend.ts'
import { INSPECT, inspectScript, parseFacts } from './scripts/queue/inspect.ts'
import { listArguments, listDeadScript, parseDead } from './scripts/queue/list-dead.ts'
import { noteArguments, noteScript, parseKept } from './scripts/queue/note.ts'
import { pageArguments } from './scripts/queue/page-arguments.ts'
import { pageScript, parsePage } from './scripts/queue/page.ts'
import { RECALL, recallScript } from './scripts/queue/recall.ts'
import { parseReadings, readScript, refArgument } from './scripts/queue/read.ts'
import { parseTurn, settleAndClaimScript, turnArguments } from './scripts/queue/settle-and-claim.ts'
import { parseStats, statsScript } from './scripts/queue/stats.ts'

/** A queue's verbs, one script each. */
export function createRedisQueue(participant: Participant, queue: string): QueueDriver & QueueAdmin {
  const { topic, keys } = participant
  const run = (script: Script, args: readonly (string | number)[]): Promise<unknown> =>
    participant.evaluate(script, keys.of(script, queue), args)
  const inOrder = new InOrder<BatchId>()

  return {
    async enqueue(batch: EnqueueBatch) {
      checkBatch(batch)
      for (const { id, delayMs } of batch.tasks) {
        if (!Number.isSafeInteger(delayMs)) refuse('a task needs a whole delay')
        // Deduplication keys are stored with the ids, after a tilde.
        if (id?.startsWith('~')) refuse('an id does not begin with ~')
      }
      if (batch.tasks.length === 0) return []
      const displaces = batch.displace === true && batch.capacity !== undefined
      const replaces = batch.tasks.some(({ replace }) => replace)
      const script = displaces ? enqueueDisplacingScript : replaces ? enqueueReplacingScript : enqueueScript
      const send = (after: BatchId | undefined): Promise<unknown> =>
        participant.evaluateDurably(script, keys.of(script, queue), enqueueArguments(batch, topic, after))
      const receipts = await inOrder.send(batch, send).catch(async (thrown: unknown) => {
        if (!MqError.is(thrown, 'storage-full')) throw thrown
        // The server is full now, but this may be the repetition of a call that was done.
        const known = await run(recallScript, argumentsOf(RECALL, batch))
        if (typeof known === 'string') return known
        throw thrown
      })
      return parseReceipts(receipts, batch.tasks.length)
    },

    async endLanes(lanes) {
      checkEndedLanes(lanes)
      if (lanes.length > 0)
        await run(
          endLanesScript,
          lanes.flatMap(({ lane, seq }) => argumentsOf(LANE, { lane, last: seq })),
        )
    },

    async settleAndClaim(turn) {
      checkTurn(turn)
      return parseTurn(await run(settleAndClaimScript, turnArguments(turn, topic)))
    },

    async extend(leases, leaseMs): Promise<readonly LeaseState[]> {
      checkExtend(leases, leaseMs)
      return leases.length === 0
        ? []
        : parseLeaseStates(await run(extendScript, [...argumentsOf(EXTEND, { leaseMs }), ...leases]))
    },

    async note(notes) {
      checkNotes(notes)
      return notes.length === 0 ? [] : parseKept(await run(noteScript, noteArguments(notes)))
    },

    async listen(listener: (hint: Hint) => void): Promise<Subscription> {
      const leave = await Promise.all([
        participant.hearQueue(queue, (text) => {
          const hint = parseHint(text)
          if (hint) listener(hint)
        }),
        participant.topics.listen(queueTopic(participant, queue), {
          onMessage: (text) => {
            const hint = parseHint(text)
            if (hint) listener(hint)
          },
          onInterruption: () => listener({ kind: 'reconnected' }),
        }),
      ])
      return participant.topics.together(leave)
    },

    async read(tasks, { watch = false } = {}) {
      checkRead(tasks)
      if (tasks.length === 0) return []
      return parseReadings(await run(readScript, [watch ? topic : '', ...tasks.map(refArgument)]))
    },

    async list(query) {
      checkList(query)
      if (query.limit === 0 || query.only?.length === 0) return []
      return parseDead(await run(listDeadScript, listArguments(query, MAX_BATCH_BYTES)))
    },

    async page(query) {
      checkPage(query)
      const { state, payloads = false } = query
      return parsePage(await run(pageScript, pageArguments(query, MAX_BATCH_BYTES)), state, payloads)
    },

    stats: async () => parseStats(await run(statsScript, [])),

    async sample(sample) {
      checkSample(sample)
      await run(sampleScript, sampleArguments(sample))
    },

    async history(query) {
      checkHistory(query)
      return parseHistory(await run(historyScript, historyArguments(query)), query)
    },

    inspect: async (task, { content = false } = {}) =>
      parseFacts(await run(inspectScript, argumentsOf(INSPECT, { task: refArgument(task), hasContent: content }))),

    async apply(command) {
      checkCommand(command)
      return applyCommand(run, queueTopic(participant, queue), command)
    },
  }
}

/**
 * Messages to participants: a letter, the queue's name, and after a newline the details. w work, r room, e ended, p
 * progress, c cancelled, s paused (stop).
 */
function parseHint(text: string): Hint | undefined {
  const newline = text.indexOf('\n')
  const body = newline === -1 ? '' : text.slice(newline + 1)
  const bar = body.indexOf('|')
  switch (text[0]) {
    case 'w':
      return { kind: 'work' }
    case 's':
      return { kind: 'paused' }
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
