import type {
  DueSchedules,
  NewSchedule,
  ScheduleDriver,
  ScheduleReading,
  ScheduleSet,
  SchedulesPage,
  SchedulesQuery,
  TickBatch,
  TickReceipt,
} from '@mq/core/adapter'
import { checkDueLimit, checkNewSchedule, checkScheduleName, checkSchedulesQuery, checkTicks } from '@mq/core/adapter'
import { outlookOn, wakeIfSooner } from './claimable.ts'
import { isEarlier } from './later-tasks.ts'
import type { QueueState } from './queue-state.ts'

/** One participant's access to the schedules of a queue. */
export function createMemorySchedules(queue: QueueState, assertOpen: () => void): ScheduleDriver {
  const time = (): number => queue.clock.epochMs(queue.clock.now())

  return {
    async read(name): Promise<ScheduleReading> {
      assertOpen()
      checkScheduleName(name)
      return queue.schedules.read(name, time())
    },

    async page(query: SchedulesQuery): Promise<SchedulesPage> {
      assertOpen()
      checkSchedulesQuery(query)
      const at = time()
      return { at, ...queue.schedules.page(query), ...queue.schedules.seen(at) }
    },

    async due(limit): Promise<DueSchedules> {
      assertOpen()
      checkDueLimit(limit)
      const at = time()
      queue.schedules.see(at)
      return { at, malformed: [], ...queue.schedules.due(at, limit) }
    },

    async set(schedule: NewSchedule): Promise<ScheduleSet> {
      assertOpen()
      checkNewSchedule(schedule)
      const at = time()
      if (queue.sealed && queue.schedules.get(schedule.name) === undefined) return { state: 'moved', at }
      const before = queue.schedules.nextDueAt
      const answer = queue.schedules.set(schedule, at)
      if (answer.state === 'set' && isEarlier(schedule.dueAt, before))
        for (const post of queue.listeners) post.send({ kind: 'scheduled' })
      return answer
    },

    async remove(name): Promise<boolean> {
      assertOpen()
      checkScheduleName(name)
      return queue.schedules.remove(name)
    },

    async tick(batch: TickBatch): Promise<readonly TickReceipt[]> {
      assertOpen()
      checkTicks(batch)
      return tick(queue, batch)
    },
  }
}

function tick(queue: QueueState, { lane, seq, ticks, outcomes }: TickBatch): readonly TickReceipt[] {
  const replayed = queue.tickers.replay(lane, seq)
  if (replayed) return replayed
  queue.endsKept = outcomes ?? queue.endsKept
  const now = queue.clock.now()
  const at = queue.clock.epochMs(now)
  const [waitedBefore, before] = [queue.ready.size, outlookOn(queue, now)]
  const receipts = ticks.map((each): TickReceipt => {
    if (!queue.schedules.isNext(each, at)) return { state: 'stale' }
    const tasks = each.tasks.map((task) => String(queue.add(task, now).n))
    queue.schedules.advance(each, tasks.at(-1))
    return { state: 'done', tasks }
  })
  queue.tickers.keep(lane, seq, receipts, now)
  wakeIfSooner(queue, before, now, queue.ready.size > waitedBefore)
  return receipts
}
