import type { ScheduleReading } from '@mq/core/adapter'
import { readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { lua } from '../lua.ts'
import { NOW, REFUSE_LAYOUT } from '../parts/meta.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import { parseSchedule, TICKER_SEEN, tickerSeen } from './schedule-parts.ts'

export const NAMED = { name: 'text' } as const

/**
 * KEYS     meta schedules
 * ARGV     NAMED
 * RETURNS  {now, the record or nil, for how long no scheduler has looked (ms) or -1}
 * O(1).
 */
export const readScheduleScript: Script = defineScript({
  name: 'read-schedule',
  parts: ['meta', 'schedules'],
  allowOom: true,
  lua: lua`
${readArguments(NAMED)}${arrangeParts(NOW, REFUSE_LAYOUT, TICKER_SEEN)}
return { now, redis.call('HGET', schedules, name), ticker }
`,
})

export function parseReading(name: string, reply: unknown): ScheduleReading {
  const [at, record, ago] = reply as [number, string | null | undefined, number]
  return { ...readingOf(name, at, record), ...tickerSeen(ago) }
}

export function readingOf(name: string, at: number, record: string | null | undefined): ScheduleReading {
  if (typeof record !== 'string') return { at }
  const schedule = parseSchedule(name, record)
  return schedule === undefined ? { at, malformed: true } : { at, schedule }
}
