import type { ScheduleReading } from '@mq/core/adapter'
import { readArguments } from '../arguments.ts'
import { arrangeParts } from '../arrange-parts.ts'
import { lua } from '../lua.ts'
import { NOW, REFUSE_LAYOUT } from '../parts/meta.ts'
import { defineScript } from '../../script.ts'
import type { Script } from '../../script.ts'
import { parseSchedule } from './schedule-parts.ts'

export const NAMED = { name: 'text' } as const

/**
 * KEYS     meta schedules
 * ARGV     NAMED
 * RETURNS  {now, the record or nil}
 * O(1).
 */
export const readScheduleScript: Script = defineScript({
  name: 'read-schedule',
  parts: ['meta', 'schedules'],
  allowOom: true,
  lua: lua`
${readArguments(NAMED)}${arrangeParts(NOW, REFUSE_LAYOUT)}
return { now, redis.call('HGET', schedules, name) }
`,
})

export function parseReading(name: string, reply: unknown): ScheduleReading {
  const [at, record] = reply as [number, string | null | undefined]
  if (typeof record !== 'string') return { at }
  const schedule = parseSchedule(name, record)
  return schedule === undefined ? { at, malformed: true } : { at, schedule }
}
