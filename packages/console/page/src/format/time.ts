const UNITS: readonly (readonly [ms: number, en: string, zh: string])[] = [
  [86_400_000, 'd', '天'],
  [3_600_000, 'h', '小时'],
  [60_000, 'min', '分'],
  [1_000, 's', '秒'],
]

/** A duration in one or two units: 3.2 ms, 840 ms, 1.4 s, 12 s, 3 min 5 s, 2 h 10 min, 4 d 3 h. */
export function duration(ms: number, tag: string): string {
  if (!Number.isFinite(ms)) return '–'
  const isChinese = tag.startsWith('zh')
  const size = Math.max(0, ms)
  if (size < 1_000) return `${size < 10 ? Number(size.toFixed(1)) : Math.round(size)} ${isChinese ? '毫秒' : 'ms'}`
  if (size < 10_000) return `${Number((size / 1_000).toFixed(1))} ${isChinese ? '秒' : 's'}`
  const first = UNITS.findIndex(([unit]) => size >= unit)
  const [unit, en, zh] = UNITS[first]!
  const head = Math.floor(size / unit)
  const shown = `${head} ${isChinese ? zh : en}`
  const next = UNITS[first + 1]
  const rest = next === undefined ? 0 : Math.floor((size - head * unit) / next[0])
  return next === undefined || rest === 0 ? shown : `${shown} ${rest} ${isChinese ? next[2] : next[1]}`
}

/** A duration in one unit, for narrow places: 12s, 3m, 2h, 4d. */
export function briefly(ms: number): string {
  if (!Number.isFinite(ms)) return '–'
  const size = Math.max(0, ms)
  if (size === 0) return '0'
  if (size < 1) return '<1ms'
  if (size < 1_000) return `${Math.round(size)}ms`
  if (size < 10_000) return `${Number((size / 1_000).toFixed(1))}s`
  if (size < 60_000) return `${Math.floor(size / 1_000)}s`
  if (size < 3_600_000) return `${Math.floor(size / 60_000)}m`
  if (size < 86_400_000) return `${Math.floor(size / 3_600_000)}h`
  return `${Math.floor(size / 86_400_000)}d`
}

/** The time of the day; with the day where that is not today's. */
export function clock(at: number, now: number, tag: string): string {
  if (!isTime(at)) return '–'
  const date = new Date(at)
  const isToday = date.toDateString() === new Date(now).toDateString()
  const day = isToday ? {} : ({ year: 'numeric', month: 'short', day: 'numeric' } as const)
  return new Intl.DateTimeFormat(tag, {
    ...day,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(date)
}

/** All of it, for a tooltip and for copying: 2026-11-29T03:12:04.120Z */
export const exactly = (at: number): string => (isTime(at) ? new Date(at).toISOString() : String(at))

/** Whether a date can be made of it: what comes from outside may be any number. */
const isTime = (at: number): boolean => Number.isFinite(at) && Math.abs(at) <= 8.64e15
