import type { ScheduleBecause, ScheduleExplanation, ScheduleFacts } from './scheduler.ts'

/** A scheduler that others can hear of looks each 10 s. */
export const TICKER_GONE_MS = 15_000

/** Finds in the facts the one reason that has to change first. `isShared`: by processes, which look now and then. */
export function explainSchedule(facts: ScheduleFacts, isShared: boolean): ScheduleExplanation {
  const [because, text] = reasonOf(facts, isShared)
  return { because, text, facts }
}

function reasonOf(facts: ScheduleFacts, isShared: boolean): readonly [ScheduleBecause, string] {
  const { at, schedule } = facts
  if (schedule === undefined) return ['unknown', 'There is no such schedule in this queue.']
  const { state, nextAt, from, until } = schedule
  if (state === 'invalid') {
    return ['invalid', 'What is stored of it cannot be read, so it does not tick; setting it again replaces it.']
  }
  if (state === 'paused') return ['paused', 'It is paused: it has no ticks until somebody resumes it.']
  if (nextAt === undefined) {
    const isPast = until !== undefined && until <= at
    return ['over', isPast ? `It ended at ${iso(until)}: there is no other tick.` : 'There is no other tick.']
  }
  const nobody = withoutTicker(facts, isShared)
  if (nextAt <= at) {
    const due = `Its tick of ${iso(nextAt)} has been due for ${at - nextAt} ms`
    return nobody === undefined ? ['due', `${due}, and is about to be done.`] : ['no-ticker', `${due}: ${nobody}.`]
  }
  if (nobody !== undefined) return ['no-ticker', `It is due next at ${iso(nextAt)}, but ${nobody}.`]
  if (from !== undefined && from > at)
    return ['not-begun', `It begins at ${iso(from)}, and is due first at ${iso(nextAt)}.`]
  return ['not-due', `It is due next at ${iso(nextAt)}.`]
}

function withoutTicker({ tickerSeenAgoMs, at, schedule }: ScheduleFacts, isShared: boolean): string | undefined {
  if (tickerSeenAgoMs === undefined) return 'no process has ever ticked the schedules of this queue'
  // One that nobody shares looks when a tick is due.
  const dueForMs = at - (schedule?.nextAt ?? at)
  const isGone = isShared ? tickerSeenAgoMs > TICKER_GONE_MS : dueForMs > TICKER_GONE_MS
  return isGone ? `no process has looked at the schedules of this queue for ${tickerSeenAgoMs} ms` : undefined
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
