import type { Chore, FamilyPage, FlowDriver, LinkReply, News, Standing, StoredOutcome } from '@mq/core/adapter'
import {
  checkChildren,
  checkChores,
  checkDone,
  checkEdges,
  checkFamilyQuery,
  checkFlowNews,
  checkRead,
  MAX_BATCH_BYTES,
  PARENT_FAILED,
} from '@mq/core/adapter'
import { outlookOn, wakeIfSooner } from './claimable.ts'
import { linkReplyOf } from './flows.ts'
import type { QueueState } from './queue-state.ts'
import type { TaskRecord } from './task-record.ts'

/** One participant's access to the flows of a queue. */
export function createMemoryFlows(queue: QueueState, assertOpen: () => void): FlowDriver {
  return {
    async look(tasks): Promise<readonly Standing[]> {
      assertOpen()
      checkRead(tasks)
      const now = queue.clock.now()
      return tasks.map((ref): Standing => {
        const n = queue.numberOf(ref, now)
        if (n === undefined) return { state: 'unknown' }
        const standing = { n: String(n), depth: queue.flows.depthOf(n) }
        if (queue.task(n) !== undefined) return { state: 'pending', ...standing }
        return endOf(queue, n, now) === undefined ? { state: 'unknown' } : { state: 'ended', ...standing }
      })
    },

    async link(edges): Promise<readonly LinkReply[]> {
      assertOpen()
      checkEdges(edges)
      const now = queue.clock.now()
      const replies: LinkReply[] = []
      let bytes = 0
      for (const { parent, child } of edges) {
        const n = Number(parent)
        const isPending = queue.task(n) !== undefined
        const outcome = isPending ? undefined : endOf(queue, n, now)
        if (isPending || outcome !== undefined) queue.flows.link(n, child, (each) => queue.isKnown(each, now))
        replies.push(isPending ? { state: 'pending' } : linkReplyOf(outcome))
        bytes += (outcome?.body ?? '').length
        if (bytes > MAX_BATCH_BYTES) break
      }
      return replies
    },

    async tell(news): Promise<readonly boolean[]> {
      assertOpen()
      checkFlowNews(news)
      return tell(queue, news)
    },

    async chores(limit): Promise<readonly Chore[]> {
      assertOpen()
      checkChores(limit)
      return queue.flows.takeChores(limit, queue.clock.now())
    },

    async finish(chores): Promise<void> {
      assertOpen()
      checkDone(chores)
      for (const chore of chores) queue.flows.chores.finish(chore, queue.clock.now())
    },

    async children(query) {
      assertOpen()
      checkChildren(query)
      return queue.flows.childrenOf(query)
    },

    async family(query): Promise<FamilyPage | undefined> {
      assertOpen()
      checkFamilyQuery(query)
      const n = queue.numberOf(query.task, queue.clock.now())
      if (n === undefined) return undefined
      return queue.flows.familyOf(n, queue.isBlocked(n), query.from, query.limit)
    },
  }
}

/** How a task ended, as far as that is kept. */
function endOf(queue: QueueState, n: number, now: number): StoredOutcome | undefined {
  const known = queue.flows.endOf(n) ?? queue.outcomes.of(n, now)
  if (known !== undefined) return known
  const dead = queue.dead.of(n, now)
  return dead && { state: 'dead', endedAt: dead.diedAt, body: dead.detail, reason: dead.reason }
}

function tell(queue: QueueState, { ends, children }: News): readonly boolean[] {
  const now = queue.clock.now()
  const before = outlookOn(queue, now)
  for (const { n, index, end } of children) {
    const task = queue.task(Number(n))
    if (task === undefined || !queue.isBlocked(task.n)) continue
    const { why: _, ...told } = ends[end]!
    const decision = queue.flows.tell(task.n, index, told)
    if (decision === 'runs') queue.change(task, { delayMs: queue.flows.delayOf(task.n) }, now)
    else if (decision === 'sinks') sink(queue, task, ends[end]!.why, now)
  }
  wakeIfSooner(queue, before, now, true)
  return children.map(() => true)
}

/** A parent did not complete. */
function sink(queue: QueueState, task: TaskRecord, why: string, now: number): void {
  if (queue.flows.onDeadOf(task.n) === 'bury') return queue.bury(task, PARENT_FAILED, why, now)
  queue.end(task, { state: 'cancelled', endedAt: queue.clock.epochMs(now), body: PARENT_FAILED }, now, true)
}
