import type { Schedule } from '../api/schedule-contract.ts'
import { duration } from '../format/time.ts'
import { languageTag, words } from '../language/language.ts'
import type { MarkName } from '../parts/mark.tsx'

/** When it ticks, in a few words. */
export function ruleText({ cron, everyMs }: Pick<Schedule, 'cron' | 'everyMs'>): string {
  if (cron !== undefined) return cron
  return everyMs === undefined ? '–' : words.value.schedules.every(duration(everyMs, languageTag.value))
}

export const SCHEDULE_MARKS: Readonly<Record<Schedule['state'], MarkName>> = {
  active: 'good',
  overdue: 'bad',
  paused: 'paused',
  over: 'ended',
  invalid: 'warn',
}
