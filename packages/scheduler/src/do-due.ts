import { MqError } from '@mq/core'
import type { KeptSchedule, ScheduleBook, TickInBook } from '@mq/core'
import { parseRule } from './rule.ts'
import { dueTicks, MOST_MADE_UP } from './ticks.ts'
import type { Due } from './ticks.ts'

/**
 * Does the ticks of schedules whose time has come, and says of those that it did, and not another process, what went
 * wrong. Returns whether it did any.
 */
export async function doDue(book: ScheduleBook<any>, schedules: readonly KeptSchedule[], at: number): Promise<boolean> {
  const all: { readonly tick: TickInBook; readonly due: Due | undefined }[] = []
  for (const schedule of schedules) {
    const rule = parseRule(schedule.rule)
    if (schedule.dueAt === undefined) continue
    // One that cannot be read holds up no other.
    if (rule === undefined) all.push({ tick: { schedule, instants: [] }, due: undefined })
    else {
      const due = dueTicks(rule, schedule.dueAt, at)
      const { instants, nextDueAt } = due
      all.push({ tick: { schedule, instants, nextDueAt, spreadMs: rule.jitterMs }, due })
    }
  }
  const outcomes = await book.tick(all.map(({ tick }) => tick))
  all.forEach(({ tick, due }, i) => {
    if (outcomes[i]?.state !== 'done') return
    const { name } = tick.schedule
    if (due === undefined) book.report(unreadable(book.queue, name))
    else if (due.hasDropped) book.report(dropped(book.queue, name))
    else if (due.hasMissed) {
      book.note({ schedule: name, since: tick.schedule.dueAt, tasks: tick.instants.length }, 'ticks were missed')
    }
  })
  return outcomes.some(({ state }) => state === 'done')
}

/**
 * Does the tick of one whose time has come, and those of the next `aheadMs`, whose tasks wait for them. Answers what it
 * is then; undefined where another process did it, or it cannot be read.
 */
export async function doAhead(
  book: ScheduleBook<any>,
  schedule: KeptSchedule,
  at: number,
  aheadMs: number,
): Promise<KeptSchedule | undefined> {
  const rule = parseRule(schedule.rule)
  // Those that expire could do so before they are due.
  if (rule === undefined || schedule.dueAt === undefined || book.optionsOf(schedule.task).expiresInMs !== undefined) {
    await doDue(book, [schedule], at)
    return undefined
  }
  const { instants, nextDueAt } = dueTicks(rule, schedule.dueAt, at, at + aheadMs)
  const [outcome] = await book.tick([{ schedule, instants, at, nextDueAt, spreadMs: rule.jitterMs }])
  if (outcome?.state !== 'done') return undefined
  return { ...schedule, dueAt: nextDueAt, lastAt: instants.at(-1) ?? schedule.lastAt }
}

export function unreadable(queue: string, schedule: string): MqError {
  const details = { queue, schedule }
  return new MqError('invalid-schedule', `a schedule of queue ${queue} cannot be read, and does not tick`, { details })
}

function dropped(queue: string, schedule: string): MqError {
  const text = `more than ${MOST_MADE_UP} ticks of a schedule of queue ${queue} were missed: the oldest have no task`
  return new MqError('ticks-dropped', text, { details: { queue, schedule } })
}
