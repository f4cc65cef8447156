import type { ScheduleState } from './end-state.ts'
import type { RawKeys } from './raw-keys.ts'

/** `revision|due at|last tick that added tasks|its last task`, a newline, the rule, and more. */
const RECORD = /^(\d+)\|(\d*)\|(\d*)\|(\d*)\n([^\n]*)\n/

/** What became of the schedules of a queue whose tasks nobody does. */
export function scheduleStatesOf(raw: RawKeys): ScheduleState[] {
  const instants = new Map<string, number[]>()
  for (const record of raw.hash('tasks').values()) {
    const { name, instant } = tickOf(record)
    instants.set(name, [...(instants.get(name) ?? []), instant])
  }
  return [...raw.hash('schedules')].map(([name, record]) => {
    const [, , , lastAt, , rule = '{}'] = RECORD.exec(record) ?? []
    const { everyMs } = JSON.parse(rule) as { readonly everyMs: number }
    return { name, everyMs, lastAt: Number(lastAt), instants: (instants.get(name) ?? []).toSorted((a, b) => a - b) }
  })
}

/** 13 digits, a digit, the header, a newline, the payload. */
function tickOf(record: string): { readonly name: string; readonly instant: number } {
  const { headers } = JSON.parse(record.slice(14, record.indexOf('\n'))) as {
    readonly headers: Readonly<Record<string, string>>
  }
  return { name: headers['mq-schedule']!, instant: Date.parse(headers['mq-tick']!) }
}

/** `due` has each schedule, by the time that its record says. */
export function auditSchedules(raw: RawKeys): string[] {
  const due = raw.zset('due')
  const records = raw.hash('schedules')
  return [
    ...[...records].flatMap(([name, record]) => {
      const [, , dueAt = ''] = RECORD.exec(record) ?? []
      if (dueAt === '') return [`the record of ${name} is not as documented, or never due`]
      return due.get(name) === Number(dueAt) ? [] : [`${name} is due at ${dueAt}, and in due at ${due.get(name)}`]
    }),
    ...[...due.keys()].filter((name) => !records.has(name)).map((name) => `due has ${name}, which is no schedule`),
  ]
}
