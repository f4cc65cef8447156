import { auditKeys, readPlace } from './audit-keys.ts'
import type { RawKeys } from './raw-keys.ts'

/** A tenth more than the bound, and what one call adds. */
const MOST_RESULTS = 12_000
const LEVELS: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

/** What contradicts docs/redis-layout.md, in words. */
export function auditQueue(raw: RawKeys): string[] {
  return [...places(raw), ...companions(raw), ...identities(raw), ...finished(raw), ...auditKeys(raw)]
}

/** A task is in exactly one place. */
function places(raw: RawKeys): string[] {
  const defects: string[] = []
  const tasks = raw.hash('tasks')
  const runs = raw.hash('runs')
  const found = new Map<string, string[]>()
  const put = (n: string, place: string): void => void found.set(n, [...(found.get(n) ?? []), place])
  for (const level of LEVELS) {
    for (const n of raw.list(`ready:${level}`)) {
      const record = tasks.get(n)
      if (record === undefined) continue // cancelled
      put(n, `ready:${level}`)
      if (record[13] !== String(level)) defects.push(`${n} of level ${record[13]} waits in ready:${level}`)
    }
    for (const n of raw.zset(`later:${level}`).keys()) put(n, `later:${level}`)
  }
  for (const place of raw.zset('keyed').keys()) put(readPlace(place)?.n ?? place, 'keyed')
  for (const n of raw.list('suspects')) if (tasks.has(n)) put(n, 'suspects')
  for (const lease of raw.zset('leases').keys()) {
    const [n = '', r = ''] = lease.split('#')
    put(n, 'leases')
    if (tasks.has(n) && r !== (runs.get(n) ?? '0')) defects.push(`lease ${lease} is not of run ${runs.get(n) ?? '0'}`)
  }
  for (const n of raw.zset('dead').keys()) put(n, 'dead')
  for (const [n, record] of tasks) {
    if (!/^\d{13}\d[^\n]*\n/.test(record)) defects.push(`the record of ${n} is not as documented`)
    if (!found.has(n)) defects.push(`${n} is in no place`)
  }
  for (const [n, where] of found) {
    if (where.length > 1) defects.push(`${n} is in ${where.join(' and ')}`)
    if (!tasks.has(n) && where[0] !== 'dead') defects.push(`${n} is in ${where[0]} without a record`)
    if (tasks.has(n) && where.includes('dead')) defects.push(`${n} is dead and has a record`)
  }
  const waiting =
    LEVELS.reduce((sum, level) => sum - raw.zset(`later:${level}`).size, tasks.size) - raw.zset('leases').size
  const listed = [...found.values()].filter(([place]) => /^(?:ready|suspects|keyed)/.test(place ?? '')).length
  if (waiting !== listed) defects.push(`${waiting} tasks should wait, ${listed} do`)
  return defects
}

/** What is stored about a task is removed with it. */
function companions(raw: RawKeys): string[] {
  const defects: string[] = []
  const tasks = raw.hash('tasks')
  const leased = new Set([...raw.zset('leases').keys()].map((lease) => lease.split('#', 1)[0]!))
  for (const part of ['runs', 'crashes', 'failures']) {
    for (const [n, count] of raw.hash(part)) {
      if (!tasks.has(n)) defects.push(`${part} knows ${n}, which is no task any more`)
      if (!/^[1-9]\d*$/.test(count)) defects.push(`${part} of ${n} is ${count}`)
    }
  }
  for (const n of raw.hash('waiters').keys()) if (!tasks.has(n)) defects.push(`somebody waits for ${n}, which is over`)
  for (const note of raw.hash('notes').keys()) {
    // A memo lasts as long as its task, a report of progress as long as its run.
    const isMemo = note.startsWith('m')
    if (isMemo ? !tasks.has(note.slice(1)) : !leased.has(note)) defects.push(`there is a note ${note}, of nothing`)
  }
  return defects
}

function identities(raw: RawKeys): string[] {
  const defects: string[] = []
  const tasks = raw.hash('tasks')
  const ended = raw.zset('ended')
  const owners = new Map<string, string>()
  for (const [id, known] of raw.hash('ids')) {
    const [n = '', sha = ''] = known.split('|')
    // The key of a deduplication, until its window ends.
    if (id.startsWith('~') && /^~\d+$/.test(sha)) continue
    if (!/^[0-9a-f]{40}$/.test(sha)) defects.push(`id ${id} stands for ${known}`)
    if (owners.has(n)) defects.push(`ids ${id} and ${owners.get(n)} stand for ${n}`)
    owners.set(n, id)
    if (!tasks.has(n) && !ended.has(`${n}|${id}`)) defects.push(`id ${id} stands for ${n} for ever, which is over`)
  }
  const meta = raw.hash('meta')
  if (meta.size > 0 && meta.get('layout') !== '2') defects.push(`the layout is ${meta.get('layout')}`)
  const last = BigInt(meta.get('n') ?? '0')
  for (const n of tasks.keys()) if (BigInt(n) > last) defects.push(`${n} is above the last number given, ${last}`)
  return defects
}

/** What is over is bounded. */
function finished(raw: RawKeys): string[] {
  const defects: string[] = []
  const dead = raw.zset('dead')
  const graves = raw.hash('graves')
  for (const n of dead.keys()) if (!graves.has(n)) defects.push(`${n} is dead and has no grave`)
  for (const n of graves.keys()) if (!dead.has(n)) defects.push(`${n} has a grave and is not dead`)
  const bytes = [...graves.values()].reduce((sum, grave) => sum + Buffer.byteLength(grave), 0)
  const counted = Number(raw.hash('meta').get('deadBytes') ?? 0)
  if (bytes !== counted) defects.push(`graves are ${bytes} bytes, and counted as ${counted}`)
  const results = raw.hash('results')
  if (results.size > MOST_RESULTS) defects.push(`${results.size} results are kept`)
  for (const [n, result] of results) {
    const [whose, state = '', endedAt = ''] = result.split('|', 3)
    if (whose !== n || !/^[CcXK]$/.test(state) || !/^\d+$/.test(endedAt)) {
      defects.push(`the result of ${n} is not as documented`)
    }
    if (raw.hash('tasks').has(n)) defects.push(`${n} has ended and is still a task`)
  }
  return defects
}
